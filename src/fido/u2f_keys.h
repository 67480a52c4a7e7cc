/*
 * Credentials as the file u2f_keys of pam_u2f has them: key handle and public
 * key, in the form that pamu2fcfg wrote before its version 1.1 (web-safe base64
 * without padding, and the point in hexadecimal), and the one since (base64,
 * with a type after them).
 */
#ifndef FIDO_U2F_KEYS_H
#define FIDO_U2F_KEYS_H

#include "base/error.h"
#include "fido/credential.h"

/*
 * HANDLE and KEY, of TYPE ("es256", "eddsa"; NULL: the old form, which is of
 * U2F). *RET is for RP_ID, of format FIDO_U2F or FIDO_NONE.
 *  MFA_INVALID_INPUT  anything else; the detail says
 */
enum mfa_code	u2f_keys_parse(const char *handle, const char *key,
		    const char *type, const char *rp_id,
		    struct fido_credential *ret, struct mfa_error *err)
		    _must_check_;

#endif
