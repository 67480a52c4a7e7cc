# Probing of compiler and linker flags. A flag is kept where a program with it
# compiles (or links) without a warning.

# MFA_TRY_CFLAGS(VARIABLE, FLAGS): adds FLAGS to VARIABLE where the compiler
# takes them.
AC_DEFUN([MFA_TRY_CFLAGS], [dnl
AS_VAR_PUSHDEF([mfa_cache], [mfa_cv_cflags_$2])dnl
AC_CACHE_CHECK([whether $CC accepts $2], [mfa_cache], [
  mfa_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
    [[char s[16]; return (snprintf(s, sizeof(s), "x") != 1);]])],
    [AS_VAR_SET([mfa_cache], [yes])], [AS_VAR_SET([mfa_cache], [no])])
  CFLAGS=$mfa_saved_CFLAGS
])
AS_VAR_IF([mfa_cache], [yes], [$1="${$1:+$$1 }$2"])
AS_VAR_POPDEF([mfa_cache])dnl
])

# MFA_TRY_LDFLAGS(VARIABLE, FLAGS, [CFLAGS]): the same for the linker; CFLAGS
# are what the objects are compiled with.
AC_DEFUN([MFA_TRY_LDFLAGS], [dnl
AS_VAR_PUSHDEF([mfa_cache], [mfa_cv_ldflags_$2])dnl
AC_CACHE_CHECK([whether $CC links with $2], [mfa_cache], [
  mfa_saved_CFLAGS=$CFLAGS
  mfa_saved_LDFLAGS=$LDFLAGS
  CFLAGS="$CFLAGS -Werror $3"
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
    [[return (puts("x") < 0);]])],
    [AS_VAR_SET([mfa_cache], [yes])], [AS_VAR_SET([mfa_cache], [no])])
  CFLAGS=$mfa_saved_CFLAGS
  LDFLAGS=$mfa_saved_LDFLAGS
])
AS_VAR_IF([mfa_cache], [yes], [$1="${$1:+$$1 }$2"])
AS_VAR_POPDEF([mfa_cache])dnl
])

# MFA_TRY_FORTIFY(VARIABLE): the highest level of _FORTIFY_SOURCE that the
# compiler and libc have. Nothing where CPPFLAGS set one already, or where the
# compiler does not optimise, as it has no effect then.
AC_DEFUN([MFA_TRY_FORTIFY], [
AC_CACHE_CHECK([for the level of _FORTIFY_SOURCE], [mfa_cv_fortify], [
  mfa_cv_fortify=none
  mfa_saved_CFLAGS=$CFLAGS
  mfa_saved_CPPFLAGS=$CPPFLAGS
  CFLAGS="$CFLAGS -Werror"
  AC_PREPROC_IFELSE([AC_LANG_SOURCE([[
#ifdef _FORTIFY_SOURCE
#error set already
#endif]])], [
    for mfa_level in 2 3; do
      CPPFLAGS="$mfa_saved_CPPFLAGS -D_FORTIFY_SOURCE=$mfa_level"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>
#ifndef __OPTIMIZE__
#error not optimised
#endif]], [[char s[16]; return (snprintf(s, sizeof(s), "x") != 1);]])],
        [mfa_cv_fortify=$mfa_level])
    done
  ], [mfa_cv_fortify=kept])
  CFLAGS=$mfa_saved_CFLAGS
  CPPFLAGS=$mfa_saved_CPPFLAGS
])
AS_CASE([$mfa_cv_fortify],
  [2|3], [$1="${$1:+$$1 }-D_FORTIFY_SOURCE=$mfa_cv_fortify"])
])

# MFA_HARDENING: --disable-hardening; HARDENING_CPPFLAGS, HARDENING_CFLAGS and
# HARDENING_LDFLAGS. libtool leaves -pie out where it links a module. Comes
# after MFA_SANITIZER: FORTIFY hides from the sanitizers what they look for.
AC_DEFUN([MFA_HARDENING], [
AC_REQUIRE([MFA_SANITIZER])
AC_ARG_ENABLE([hardening],
  [AS_HELP_STRING([--disable-hardening],
    [do not add hardening flags of compiler and linker])],
  [], [enable_hardening=yes])
HARDENING_CPPFLAGS=
HARDENING_CFLAGS=
HARDENING_LDFLAGS=
AS_IF([test "x$enable_hardening" != xno], [
  AS_IF([test -z "$mfa_sanitizers"], [MFA_TRY_FORTIFY([HARDENING_CPPFLAGS])])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-fPIE])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-fstack-protector-strong])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-fstack-clash-protection])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-fcf-protection=full])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-mbranch-protection=standard])
  MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-ftrivial-auto-var-init=zero])
  # clang before 16 wants this said too.
  AS_CASE([$HARDENING_CFLAGS], [*-ftrivial-auto-var-init*], [],
    [MFA_TRY_CFLAGS([HARDENING_CFLAGS], [-ftrivial-auto-var-init=zero -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang])])
  AS_CASE([$HARDENING_CFLAGS], [*-fPIE*],
    [MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-pie], [-fPIE])])
  MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-Wl,-z,relro])
  MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-Wl,-z,now])
  MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-Wl,-z,noexecstack])
  MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-Wl,-z,separate-code])
  MFA_TRY_LDFLAGS([HARDENING_LDFLAGS], [-Wl,--as-needed])
])
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
])

# MFA_WERROR: --enable-werror; WERROR_CFLAGS. Set apart from CFLAGS, which
# configure's own checks use.
AC_DEFUN([MFA_WERROR], [
AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
  [], [enable_werror=no])
WERROR_CFLAGS=
AS_IF([test "x$enable_werror" != xno], [WERROR_CFLAGS=-Werror])
AC_SUBST([WERROR_CFLAGS])
])
