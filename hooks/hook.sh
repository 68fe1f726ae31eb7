#!/bin/sh
# Installed by `patchflow hook install`; `patchflow hook uninstall` puts back what stood here.
name=@NAME@ python=@PYTHON@ program=@PROGRAM@ made=@MADE@
old=${0%/*}/$name.before-patchflow
[ "$name" = pre-push ] && { refs=$(cat; echo x); refs=${refs%x}; }
said() { if [ "$name" = pre-push ]; then printf %s "$refs" | "$@"; else "$@"; fi; }
if [ -x "$old" ]; then said "$old" "$@" || exit; fi
[ -x "$python" ] && [ -r "$program" ] && { said "$python" @FLAGS@ "$program" "$name" "$@"; exit; }
echo "patchflow $name: $python or patchflow itself is gone: \`patchflow hook install\` again, or remove $0" >&2
exit 1
