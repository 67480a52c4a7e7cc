# MFA_SANITIZER: --with-sanitizer=LIST and --with-fuzzer=libfuzzer.
#
# SANITIZER_CFLAGS and SANITIZER_LDFLAGS are for all objects, FUZZER_LDFLAGS
# for a fuzz target alone; the conditionals SANITIZER and FUZZER say which was
# asked for, and the shell variable mfa_sanitizers is the list.
AC_DEFUN([MFA_SANITIZER], [
AC_REQUIRE([AC_PROG_CC])
AC_ARG_WITH([sanitizer],
  [AS_HELP_STRING([--with-sanitizer=LIST],
    [build with -fsanitize=LIST (address,undefined) @<:@no@:>@])],
  [], [with_sanitizer=no])
AC_ARG_WITH([fuzzer],
  [AS_HELP_STRING([--with-fuzzer=libfuzzer],
    [build fuzz targets with clang's libFuzzer @<:@no@:>@])],
  [], [with_fuzzer=no])

AS_CASE([$with_sanitizer],
  [no], [mfa_sanitizers=],
  [yes], [mfa_sanitizers=address,undefined],
  [mfa_sanitizers=$with_sanitizer])
AS_CASE([$with_fuzzer],
  [no], [mfa_fuzzer=],
  [yes|libfuzzer], [mfa_fuzzer=fuzzer-no-link],
  [AC_MSG_ERROR([--with-fuzzer=$with_fuzzer: the fuzzer is libfuzzer])])

SANITIZER_CFLAGS=
SANITIZER_LDFLAGS=
FUZZER_LDFLAGS=
AS_IF([test -n "$mfa_sanitizers$mfa_fuzzer"], [
  mfa_fsanitize=$mfa_sanitizers
  AS_IF([test -n "$mfa_fuzzer"],
    [mfa_fsanitize="${mfa_fsanitize:+$mfa_fsanitize,}$mfa_fuzzer"])
  SANITIZER_LDFLAGS="-fsanitize=$mfa_fsanitize"
  SANITIZER_CFLAGS="$SANITIZER_LDFLAGS -fno-omit-frame-pointer"
  AS_IF([test -n "$mfa_sanitizers"],
    [SANITIZER_CFLAGS="$SANITIZER_CFLAGS -fno-sanitize-recover=all"])
  AC_MSG_CHECKING([whether $CC builds with $SANITIZER_LDFLAGS])
  mfa_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $SANITIZER_CFLAGS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$CC can not build with $SANITIZER_CFLAGS])])
  CFLAGS=$mfa_saved_CFLAGS
])
AS_IF([test -n "$mfa_fuzzer"], [
  FUZZER_LDFLAGS=-fsanitize=fuzzer
  AC_MSG_CHECKING([whether $CC links a fuzz target])
  mfa_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $SANITIZER_CFLAGS $FUZZER_LDFLAGS"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return (len > 0 && data == NULL);
}]])], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$CC has no libFuzzer; use CC=clang])])
  CFLAGS=$mfa_saved_CFLAGS
])
AC_SUBST([SANITIZERS], [$mfa_sanitizers])
AC_SUBST([SANITIZER_CFLAGS])
AC_SUBST([SANITIZER_LDFLAGS])
AC_SUBST([FUZZER_LDFLAGS])
AM_CONDITIONAL([SANITIZER], [test -n "$mfa_sanitizers"])
AM_CONDITIONAL([FUZZER], [test -n "$mfa_fuzzer"])
])
