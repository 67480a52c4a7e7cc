/*
 * Encrypted values of a key container (RFC 6030 section 6), which libpskc does
 * not open: AES-CBC (XML Encryption 1.0) under a pre-shared key or one derived
 * from a passphrase by PBKDF2 (RFC 8018), with HMAC over what is encrypted.
 */
#ifndef CLI_PSKC_CRYPT_H
#define CLI_PSKC_CRYPT_H

#include <libxml/tree.h>

#include "cli/pskc.h"

struct pskc_keys {
	bool		is_encrypted;	/* the container names a key */
	struct secret	key;
	char		digest[16];	/* of the HMAC, or "" */
	struct secret	mac_key;
};

/*
 * The keys of the container ROOT.
 *  MFA_INVALID_INPUT    no key or passphrase is there; not supported; the MAC
 *                       key can't be decrypted (a wrong key, most likely)
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	pskc_keys_read(const xmlNode *root,
		    struct pskc_unlock *unlock, struct pskc_keys *ret,
		    struct mfa_error *err) _must_check_;
void		pskc_keys_wipe(struct pskc_keys *keys);

/*
 * Decrypts the <EncryptedValue> in SECRET (a <Secret>), which is told only
 * where its <ValueMAC> is right.
 *  MFA_INVALID_INPUT    it is not: a wrong key or a changed file; not supported
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	pskc_decrypt(const xmlNode *secret,
		    const struct pskc_keys *keys, struct secret *ret_plain,
		    struct mfa_error *err) _must_check_;

/* The child element of this local name, or NULL. */
xmlNode		*pskc_child(const xmlNode *parent, const char *name);

#endif
