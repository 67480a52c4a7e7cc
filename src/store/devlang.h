/*
 * The part of libconfig's language that device files are written in: words,
 * strings, short decimal numbers, groups and lists. libconfig 1.5 opens any
 * path for @include, wraps integers past 32 bits silently and ends a string at
 * an escaped NUL, so nothing else gets to it.
 */
#ifndef STORE_DEVLANG_H
#define STORE_DEVLANG_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/*
 * Is TEXT (LEN octets, NUL-terminated) of that part, at most DEVFILE_MAX
 * octets, without NUL and without "@include", even in a string?
 *  MFA_SERVICE_FAILURE  no; the detail names the line
 */
enum mfa_code	devlang_check(const char *text, size_t len,
		    struct mfa_error *err) _must_check_;

/*
 * Writes `NAME = "TEXT";` so that devlang_check() takes it and libconfig reads
 * TEXT again. TEXT has no control character.
 */
void		devlang_write(FILE *out, const char *name, const char *text);

#endif
