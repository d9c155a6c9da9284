a=-1+-2*(3+4)%5
b=!x&&y||!(z==1)
c=x?-y:"z"
d=[for k,v in [1,2]:k if v!=-1]
e={for k,v in y:k=>v... if !k}
f=g(a,b...)
g=h( 1 , 2 ,[3 ] )
h=a.b.c[0][*].d
j={a=1,b:2}
k={}
l=[ ]
m=[{a=1},{b=2}]
n=1>=2
o=a - b -1
p=f( )[0].x
q=in(2)
r="a${b}c"
s=(
1
+2
)
