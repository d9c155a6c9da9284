/* The launcher in C, as a module of Python: `ostler.executor.linux._launch`. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_launch",
    .m_doc = "The launcher in C.",
    .m_size = 0,
};

PyMODINIT_FUNC PyInit__launch(void)
{
    return PyModuleDef_Init(&module);
}
