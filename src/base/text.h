/*
 * Strict reading of text from outside. Every pattern and limit is IAM's (API
 * version 2010-05-08). Questions return bool; nothing here trims, guesses or
 * accepts a prefix.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

#define SERIAL_NUMBER_MIN	9
#define SERIAL_NUMBER_MAX	256
#define DEVICE_NAME_MAX		128
#define DEVICE_PATH_MAX		512
#define TAG_KEY_MAX		128	/* characters (not octets) */
#define TAG_VALUE_MAX		256	/* characters (not octets) */
#define TAG_KEY_SIZE		(TAG_KEY_MAX * 4 + 1)
#define TAG_VALUE_SIZE		(TAG_VALUE_MAX * 4 + 1)
#define ACCOUNT_DIGITS		12

/* 1 to 128 of [A-Za-z0-9_+=,.@-] */
bool	text_is_user_name(const char *s);
/* 1 to 128 of [A-Za-z0-9_+=,.@-] */
bool	text_is_device_name(const char *s);
/* "/" or "/.../", 1 to 512 of the printable ASCII characters ! to ~ */
bool	text_is_path(const char *s);
/* 9 to 256 of [A-Za-z0-9_+=/:,.@-] */
bool	text_is_serial_number(const char *s);
/* exactly twelve digits */
bool	text_is_account(const char *s);
/* valid UTF-8 without control characters, 1-128 (key), 0-256 (value) */
bool	text_is_tag_key(const char *s);
bool	text_is_tag_value(const char *s);

/*
 * An unsigned or signed decimal that fills S whole: no sign but a leading '-'
 * for text_parse_i64, no space, no leading zero but "0" itself. Returns false
 * (ret untouched) for anything else and for what does not fit.
 */
bool	text_parse_u64(const char *s, uint64_t *ret) _must_check_;
bool	text_parse_i64(const char *s, int64_t *ret) _must_check_;

/*
 * A typed code: LEN octets of ASCII digits, spaces between them dropped.
 * Returns false, RET_DIGITS untouched, where anything else is in it (a NUL
 * too), or where fewer than 6 or more than 16 digits are left.
 */
bool	text_parse_code(const void *typed, size_t len,
	    struct secret *ret_digits) _must_check_;

/*
 * The file name for a user name: octets outside [A-Za-z0-9_+=,.@-], and a
 * leading '.', as %XX (upper case). Returns false where NAME is empty or the
 * result is longer than NAME_MAX.
 */
bool	text_file_name(const char *name, char ret[static NAME_MAX + 1])
	    _must_check_;

/*
 * Copies SRC to DST (SIZE octets, always terminated), with control characters,
 * DEL and octets that are not valid UTF-8 as \xHH, for a log line or a
 * terminal. Cut at a character's end where it does not fit.
 */
void	text_sanitise(char *dst, size_t size, const char *src);

/* Lower-case hexadecimal; DST has 2 * LEN + 1 octets. */
void	text_hex(char *dst, const void *src, size_t len);
/* The reverse, either case; false where SRC is not exactly 2 * LEN digits. */
bool	text_unhex(void *dst, size_t len, const char *src) _must_check_;

/*
 * Takes LABEL and what follows it, up to END, from *TEXT: copies that to RET
 * (SIZE octets, terminated) and moves *TEXT after END. Returns false, both
 * untouched, where *TEXT does not begin with LABEL, END does not come, or it
 * does not fit.
 */
bool	text_take(const char **text, const char *label, char end, char *ret,
	    size_t size) _must_check_;

/*
 * The first second, UTC, of the day that S is: YYYY-MM-DD, which there is in
 * the calendar, from 1970 on. False, *ret untouched, for anything else.
 */
bool	text_parse_date(const char *s, int64_t *ret) _must_check_;

/* 2026-11-22T13:50:14+00:00, as the AWS CLI prints times. */
#define TEXT_TIME_SIZE	32
void	text_time(int64_t epoch, char ret[static TEXT_TIME_SIZE]);

#endif
