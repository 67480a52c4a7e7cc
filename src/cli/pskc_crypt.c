#include <openssl/evp.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "cli/pskc_crypt.h"

#define BLOB_SIZE	512		/* octets of a cipher text or a salt */
#define ITERATIONS_MAX	10000000	/* more would be a trap */
#define BLOCK		16		/* of AES */

#define XMLENC		"http://www.w3.org/2001/04/xmlenc#"

struct blob {
	size_t	len;
	uint8_t	bytes[BLOB_SIZE];
};

static const struct cipher {
	const char	*uri;
	const char	*name;
	size_t		key_len;
} ciphers[] = {
	{ XMLENC "aes128-cbc", "AES-128-CBC", 16 },
	{ XMLENC "aes192-cbc", "AES-192-CBC", 24 },
	{ XMLENC "aes256-cbc", "AES-256-CBC", 32 },
};

static const struct digest {
	const char	*uri_end;
	const char	*name;
} digests[] = {
	{ "hmac-sha1", "SHA1" },
	{ "hmac-sha256", "SHA256" },
	{ "hmac-sha384", "SHA384" },
	{ "hmac-sha512", "SHA512" },
	{ "hmacWithSHA1", "SHA1" },
	{ "hmacWithSHA256", "SHA256" },
	{ "hmacWithSHA512", "SHA512" },
};

void
pskc_keys_wipe(struct pskc_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

static enum mfa_code
invalid(struct mfa_error *err, const char *text)
{
	return mfa_error_set(err, MFA_INVALID_INPUT, 0, "%s", text);
}

xmlNode *
pskc_child(const xmlNode *parent, const char *name)
{
	xmlNode *node;

	if (parent == NULL)
		return NULL;
	for (node = parent->children; node != NULL; node = node->next)
		if (node->type == XML_ELEMENT_NODE &&
		    strcmp((const char *)node->name, name) == 0)
			return node;
	return NULL;
}

static void
xml_freep(xmlChar **text)
{
	if (*text != NULL)
		xmlFree(*text);
}

static xmlChar *
algorithm_of(const xmlNode *node)
{
	return node == NULL
	    ? NULL
	    : xmlGetNoNsProp(node, (const xmlChar *)"Algorithm");
}

/* Strict base64 (RFC 4648 section 4) of NODE's text, without white space. */
static bool
read_base64(const xmlNode *node, struct blob *ret)
{
	_cleanup_(xml_freep) xmlChar *text = NULL;
	unsigned char plain[BLOB_SIZE * 4 / 3 + 4], out[BLOB_SIZE + 8];
	size_t i, n = 0, padding = 0;

	if (node == NULL || (text = xmlNodeGetContent(node)) == NULL)
		return false;
	for (i = 0; text[i] != '\0'; i++) {
		if (strchr(" \t\r\n", text[i]) != NULL)
			continue;
		if (n == BLOB_SIZE * 4 / 3)
			return false;
		plain[n++] = text[i];
	}
	while (padding < 2 && padding < n && plain[n - 1 - padding] == '=')
		padding++;
	if (n == 0 || n % 4 != 0 ||
	    EVP_DecodeBlock(out, plain, (int)n) != (int)(n / 4 * 3))
		return false;
	ret->len = n / 4 * 3 - padding;
	memcpy(ret->bytes, out, ret->len);
	return true;
}

static bool
read_count(const xmlNode *node, uint64_t *ret)
{
	_cleanup_(xml_freep) xmlChar *text = NULL;

	return node != NULL && (text = xmlNodeGetContent(node)) != NULL &&
	    text_parse_u64((const char *)text, ret);
}

/* The digest named at the end of URI, or NULL. */
static const char *
find_digest(const char *uri)
{
	size_t i, n, len = strlen(uri);

	for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		n = strlen(digests[i].uri_end);
		if (len > n && uri[len - n - 1] == '#' &&
		    strcasecmp(uri + len - n, digests[i].uri_end) == 0)
			return digests[i].name;
	}
	return NULL;
}

/* <PRF/> without an algorithm is HMAC-SHA-1 (RFC 8018 appendix A.2). */
static const char *
read_prf(const xmlNode *params)
{
	_cleanup_(xml_freep)
	    xmlChar *uri = algorithm_of(pskc_child(params, "PRF"));

	return uri == NULL ? "SHA1" : find_digest((const char *)uri);
}

static bool
have_passphrase(struct pskc_unlock *unlock)
{
	if (!unlock->has_passphrase && unlock->ask != NULL)
		unlock->has_passphrase = unlock->ask(unlock->ctx,
		    &unlock->passphrase);
	return unlock->has_passphrase;
}

static enum mfa_code
derive_key(const xmlNode *derived, struct pskc_unlock *unlock,
    struct secret *ret, struct mfa_error *err)
{
	const xmlNode *params, *method;
	const char *prf;
	struct blob salt;
	uint64_t count, len;

	method = pskc_child(derived, "KeyDerivationMethod");
	if ((params = pskc_child(method, "PBKDF2-params")) == NULL)
		return invalid(err, "its key derivation is not PBKDF2");
	if (!read_base64(pskc_child(pskc_child(params, "Salt"), "Specified"),
		&salt) ||
	    !read_count(pskc_child(params, "IterationCount"), &count) ||
	    !read_count(pskc_child(params, "KeyLength"), &len) ||
	    (prf = read_prf(params)) == NULL)
		return invalid(err, "its PBKDF2 parameters can't be read");
	if (count < 1 || count > ITERATIONS_MAX || len < 16 || len > 32)
		return invalid(err, "its PBKDF2 parameters are out of range");
	if (!have_passphrase(unlock))
		return invalid(err,
		    "it is encrypted under a passphrase; "
		    "give --passphrase-file");
	if (PKCS5_PBKDF2_HMAC((const char *)unlock->passphrase.bytes,
		(int)unlock->passphrase.len, salt.bytes, (int)salt.len,
		(int)count, EVP_get_digestbyname(prf), (int)len,
		ret->bytes) != 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "PBKDF2");
	ret->len = (size_t)len;
	return MFA_OK;
}

static enum mfa_code
read_key(const xmlNode *encryption, struct pskc_unlock *unlock,
    struct secret *ret, struct mfa_error *err)
{
	const xmlNode *derived = pskc_child(encryption, "DerivedKey");

	if (derived != NULL)
		return derive_key(derived, unlock, ret, err);
	if (pskc_child(encryption, "KeyName") == NULL)
		return invalid(err,
		    "it is encrypted in another way than under "
		    "a pre-shared key or a passphrase, which is not supported");
	if (!unlock->has_key)
		return invalid(err,
		    "it is encrypted under a pre-shared key; "
		    "give --key-file");
	*ret = unlock->key;
	return MFA_OK;
}

static const struct cipher *
find_cipher(const xmlNode *encrypted)
{
	_cleanup_(xml_freep) xmlChar *uri = algorithm_of(
	    pskc_child(encrypted, "EncryptionMethod"));
	size_t i;

	for (i = 0; uri != NULL && i < sizeof(ciphers) / sizeof(ciphers[0]);
	     i++)
		if (strcmp((const char *)uri, ciphers[i].uri) == 0)
			return &ciphers[i];
	return NULL;
}

/*
 * Decrypts IN (the initialisation vector, then the cipher text) into RET. The
 * padding is XML Encryption's (section 5.2): its last octet says how long it
 * is.
 */
static bool
decrypt_cbc(const struct cipher *cipher, const struct secret *key,
    const struct blob *in, struct secret *ret)
{
	uint8_t out[BLOB_SIZE + BLOCK];
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, cipher->name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = in->len - BLOCK;
	int n = 0, rest = 0;
	bool done;

	done = fetched != NULL && ctx != NULL &&
	    EVP_DecryptInit_ex2(ctx, fetched, key->bytes, in->bytes, NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    EVP_DecryptUpdate(ctx, out, &n, in->bytes + BLOCK, (int)len) &&
	    EVP_DecryptFinal_ex(ctx, out + n, &rest) &&
	    (size_t)(n + rest) == len && out[len - 1] >= 1 &&
	    out[len - 1] <= BLOCK && secret_set(ret, out, len - out[len - 1]);
	explicit_bzero(out, sizeof(out));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(fetched);
	return done;
}

/* Decrypts ENCRYPTED, whose cipher text is told too, for its MAC. */
static enum mfa_code
open_value(const xmlNode *encrypted, const struct secret *key,
    struct blob *ret_in, struct secret *ret_plain, struct mfa_error *err)
{
	const struct cipher *cipher = find_cipher(encrypted);

	if (cipher == NULL)
		return invalid(err, "its encryption method is not AES-CBC");
	if (!read_base64(pskc_child(pskc_child(encrypted, "CipherData"),
			     "CipherValue"),
		ret_in) ||
	    ret_in->len < 2 * BLOCK || ret_in->len % BLOCK != 0)
		return invalid(err, "its cipher text can't be read");
	if (key->len != cipher->key_len)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the key has %zu octets, where %s needs %zu", key->len,
		    cipher->name, cipher->key_len);
	if (!decrypt_cbc(cipher, key, ret_in, ret_plain))
		return invalid(err,
		    "it can't be decrypted: the key or "
		    "passphrase is wrong");
	return MFA_OK;
}

static enum mfa_code
read_mac(const xmlNode *method, struct pskc_keys *keys, struct mfa_error *err)
{
	_cleanup_(xml_freep) xmlChar *uri = algorithm_of(method);
	const char *digest = uri ? find_digest((const char *)uri) : NULL;
	const xmlNode *mac_key = pskc_child(method, "MACKey");
	struct blob in;

	if (method == NULL)
		return MFA_OK;
	if (digest == NULL)
		return invalid(err, "its MAC method is not supported");
	strcpy(keys->digest, digest);
	/* Without a key of its own the MAC is under the encryption key. */
	if (mac_key == NULL) {
		keys->mac_key = keys->key;
		return MFA_OK;
	}
	return open_value(mac_key, &keys->key, &in, &keys->mac_key, err);
}

enum mfa_code
pskc_keys_read(const xmlNode *root, struct pskc_unlock *unlock,
    struct pskc_keys *ret, struct mfa_error *err)
{
	_cleanup_(pskc_keys_wipe) struct pskc_keys keys = { 0 };
	const xmlNode *encryption = pskc_child(root, "EncryptionKey");
	enum mfa_code code;

	if (encryption == NULL)
		return MFA_OK;
	keys.is_encrypted = true;
	code = read_key(encryption, unlock, &keys.key, err);
	if (code == MFA_OK)
		code = read_mac(pskc_child(root, "MACMethod"), &keys, err);
	if (code == MFA_OK)
		*ret = keys;
	return code;
}

/* Is the <ValueMAC> of SECRET that of the cipher text IN? */
static enum mfa_code
check_mac(const xmlNode *secret, const struct pskc_keys *keys,
    const struct blob *in, struct mfa_error *err)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	struct blob told;
	size_t len;

	if (keys->digest[0] == '\0' ||
	    !read_base64(pskc_child(secret, "ValueMAC"), &told))
		return invalid(err, "it has no MAC, which AES-CBC needs");
	if (EVP_Q_mac(NULL, "HMAC", NULL, keys->digest, NULL,
		keys->mac_key.bytes, keys->mac_key.len, in->bytes, in->len, mac,
		sizeof(mac), &len) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "HMAC");
	if (told.len != len || CRYPTO_memcmp(told.bytes, mac, len) != 0)
		return invalid(err,
		    "its MAC is wrong: the key or passphrase "
		    "is wrong, or the file was changed");
	return MFA_OK;
}

enum mfa_code
pskc_decrypt(const xmlNode *secret, const struct pskc_keys *keys,
    struct secret *ret_plain, struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret plain = { 0 };
	const xmlNode *encrypted = pskc_child(secret, "EncryptedValue");
	struct blob in;
	enum mfa_code code;

	if (!keys->is_encrypted)
		return invalid(err, "it is encrypted, and no key is named");
	code = open_value(encrypted, &keys->key, &in, &plain, err);
	if (code == MFA_OK)
		code = check_mac(secret, keys, &in, err);
	if (code == MFA_OK)
		*ret_plain = plain;
	return code;
}
