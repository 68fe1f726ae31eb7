"""What a kernel build needs from outside: headers, Debian packages, the compiler, a throw-away tree."""
