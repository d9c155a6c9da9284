job "web"
{
  driver = 1 1
}
count = ;
