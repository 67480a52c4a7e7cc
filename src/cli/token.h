/* Hardware tokens of a vendor's file, and what is wrong with the rest. */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "otp/totp.h"

#define TOKEN_FILE_MAX	(64 * 1024 * 1024)	/* octets */

struct token {
	size_t			number;		/* line, or key package */
	char			serial[SERIAL_NUMBER_MAX + 1];
	struct secret		seed;
	struct otp_params	params;
};

/* A row that can't be imported, and why. */
struct token_fault {
	size_t	number;
	char	text[MFA_DETAIL_SIZE];
};

struct token_list {
	const char		*unit;		/* "line", "key package" */
	struct token		*tokens;
	size_t			n, room;
	struct token_fault	*faults;
	size_t			faults_n, faults_room;
	bool			has_signature;	/* that no one has checked */
};

/* Wipes and frees what LIST owns. */
void	token_list_clear(struct token_list *list);

/*
 * Adds TOKEN where it is one that can be: a serial number of IAM's pattern, a
 * seed of 10 octets and up, parameters that are supported; else the fault.
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	token_list_add(struct token_list *list,
		    const struct token *token, struct mfa_error *err)
		    _must_check_;
/* Adds a fault. MFA_SERVICE_FAILURE  no memory */
enum mfa_code	token_list_refuse(struct token_list *list, size_t number,
		    struct mfa_error *err, const char *fmt, ...)
		    _printf_(4, 5) _must_check_;

/*
 * Reads CSV (RFC 4180) with a line of column names: serial_number, one of
 * seed_base32 and seed_hex, and optionally algorithm, digits, period. Names are
 * taken in either case, with spaces or hyphens too. Every bad line is a fault.
 *  MFA_INVALID_INPUT    no such columns; the detail has the line
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	csv_read(const char *text, size_t len, struct token_list *list,
		    struct mfa_error *err) _must_check_;

#endif
