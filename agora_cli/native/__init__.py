"""The C core. Only this package touches ffi and lib; everybody else sees bytes and integers."""
