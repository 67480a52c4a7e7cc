/*
 * libfido2, loaded at its first use and kept until the process ends: a sign-in
 * by code never pays for it. For src/fido alone.
 */
#ifndef FIDO_LIBRARY_H
#define FIDO_LIBRARY_H

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include "base/error.h"

#define FIDO_LIBRARY_NAME	"libfido2.so.1"

/* What is used of it. */
#define FIDO_SYMBOLS(X)			\
	X(eddsa_pk_free)		\
	X(eddsa_pk_from_ptr)		\
	X(eddsa_pk_new)			\
	X(es256_pk_free)		\
	X(es256_pk_from_ptr)		\
	X(es256_pk_new)			\
	X(es256_pk_to_EVP_PKEY)		\
	X(fido_assert_free)		\
	X(fido_assert_new)		\
	X(fido_assert_set_authdata_raw)	\
	X(fido_assert_set_clientdata_hash) \
	X(fido_assert_set_count)	\
	X(fido_assert_set_rp)		\
	X(fido_assert_set_sig)		\
	X(fido_assert_set_up)		\
	X(fido_assert_set_uv)		\
	X(fido_assert_sigcount)		\
	X(fido_assert_verify)		\
	X(fido_cred_aaguid_len)		\
	X(fido_cred_aaguid_ptr)		\
	X(fido_cred_free)		\
	X(fido_cred_id_len)		\
	X(fido_cred_id_ptr)		\
	X(fido_cred_new)		\
	X(fido_cred_pubkey_len)		\
	X(fido_cred_pubkey_ptr)		\
	X(fido_cred_set_authdata_raw)	\
	X(fido_cred_set_clientdata_hash) \
	X(fido_cred_set_fmt)		\
	X(fido_cred_set_rp)		\
	X(fido_cred_set_sig)		\
	X(fido_cred_set_type)		\
	X(fido_cred_set_uv)		\
	X(fido_cred_set_x509)		\
	X(fido_cred_sigcount)		\
	X(fido_cred_verify)		\
	X(fido_cred_verify_self)	\
	X(fido_init)			\
	X(fido_strerr)

struct fido_library {
#define X(name) __typeof__(name) *name;
	FIDO_SYMBOLS(X)
#undef X
};

/*
 * The library, loaded and initialised. *RET is valid for the life of the
 * process. Not for several threads at once.
 *  MFA_SERVICE_FAILURE  it is not there, or lacks a function; the next call
 *                       tries again
 */
enum mfa_code	fido_library_load(const struct fido_library **ret,
		    struct mfa_error *err) _must_check_;

/* For _cleanup_; NULL is fine, and is what is left. */
void	fido_library_cred_freep(fido_cred_t **cred);
void	fido_library_assert_freep(fido_assert_t **assertion);
void	fido_library_es256_freep(es256_pk_t **key);
void	fido_library_eddsa_freep(eddsa_pk_t **key);

#endif
