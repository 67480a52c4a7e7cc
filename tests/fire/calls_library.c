/* libcrypto, libconfig and jansson, where their functions can fail. */
#include <stdarg.h>
#include <stdint.h>

#include <jansson.h>
#include <libconfig.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fire/calls.h"

WRAP(int, EVP_Digest,
    (const void *data, size_t count, unsigned char *md, unsigned *size,
	const EVP_MD *type, ENGINE *impl),
    (data, count, md, size, type, impl), AT_ONCE, 0, 0)
WRAP(int, EVP_Q_digest,
    (OSSL_LIB_CTX *ctx, const char *name, const char *query, const void *data,
	size_t size, unsigned char *md, size_t *mdlen),
    (ctx, name, query, data, size, md, mdlen), AT_ONCE, 0, 0)
WRAP(unsigned char *, HMAC,
    (const EVP_MD *md, const void *key, int key_len, const unsigned char *d,
	size_t n, unsigned char *ret, unsigned *ret_len),
    (md, key, key_len, d, n, ret, ret_len), AT_ONCE, NULL, 0)
WRAP(EVP_MAC *, EVP_MAC_fetch,
    (OSSL_LIB_CTX *ctx, const char *name, const char *query),
    (ctx, name, query), AT_ONCE, NULL, 0)
WRAP(EVP_CIPHER *, EVP_CIPHER_fetch,
    (OSSL_LIB_CTX *ctx, const char *name, const char *query),
    (ctx, name, query), AT_ONCE, NULL, 0)
WRAP(EVP_MD *, EVP_MD_fetch,
    (OSSL_LIB_CTX *ctx, const char *name, const char *query),
    (ctx, name, query), AT_ONCE, NULL, 0)
WRAP(EVP_MAC_CTX *, EVP_MAC_CTX_dup, (const EVP_MAC_CTX *mac), (mac), AT_ONCE,
    NULL, 0)
WRAP(EVP_MAC_CTX *, EVP_MAC_CTX_new, (EVP_MAC *mac), (mac), AT_ONCE, NULL, 0)
WRAP(int, EVP_MAC_init,
    (EVP_MAC_CTX *ctx, const unsigned char *key, size_t len,
	const OSSL_PARAM params[]),
    (ctx, key, len, params), AT_ONCE, 0, 0)
WRAP(int, EVP_MAC_update,
    (EVP_MAC_CTX *ctx, const unsigned char *data, size_t len),
    (ctx, data, len), AT_ONCE, 0, 0)
WRAP(int, EVP_MAC_final,
    (EVP_MAC_CTX *ctx, unsigned char *ret, size_t *ret_len, size_t size),
    (ctx, ret, ret_len, size), AT_ONCE, 0, 0)
WRAP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), (), AT_ONCE, NULL, 0)
WRAP(int, EVP_CIPHER_CTX_ctrl,
    (EVP_CIPHER_CTX *ctx, int type, int arg, void *ptr), (ctx, type, arg, ptr),
    AT_ONCE, 0, 0)
WRAP(int, EVP_CipherInit_ex2,
    (EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type, const unsigned char *key,
	const unsigned char *iv, int enc, const OSSL_PARAM params[]),
    (ctx, type, key, iv, enc, params), AT_ONCE, 0, 0)
WRAP(int, EVP_CipherUpdate,
    (EVP_CIPHER_CTX *ctx, unsigned char *out, int *outl,
	const unsigned char *in, int inl),
    (ctx, out, outl, in, inl), AT_ONCE, 0, 0)
WRAP(int, EVP_CipherFinal_ex,
    (EVP_CIPHER_CTX *ctx, unsigned char *out, int *outl), (ctx, out, outl),
    AT_ONCE, 0, 0)
WRAP(int, EVP_DecodeBlock,
    (unsigned char *ret, const unsigned char *text, int len),
    (ret, text, len), AT_ONCE, -1, 0)
WRAP(int, OPENSSL_init_crypto,
    (uint64_t options, const OPENSSL_INIT_SETTINGS *settings),
    (options, settings), AT_ONCE, 0, 0)

WRAP(int, config_read_string, (config_t *config, const char *text),
    (config, text), AT_ONCE, CONFIG_FALSE, 0)

WRAP(json_t *, json_object, (void), (), AT_ONCE, NULL, 0)
WRAP(json_t *, json_array, (void), (), AT_ONCE, NULL, 0)
WRAP(json_t *, json_string, (const char *text), (text), AT_ONCE, NULL, 0)
WRAP(json_t *, json_integer, (json_int_t number), (number), AT_ONCE, NULL, 0)
WRAP(char *, json_dumps, (const json_t *json, size_t flags), (json, flags),
    AT_ONCE, NULL, 0)
WRAP(size_t, json_dumpb,
    (const json_t *json, char *ret, size_t size, size_t flags),
    (json, ret, size, flags), AT_ONCE, 0, 0)

json_t	*__real_json_loadb(const char *text, size_t len, size_t flags,
	    json_error_t *err);
json_t	*__wrap_json_loadb(const char *text, size_t len, size_t flags,
	    json_error_t *err);
int	__real_json_array_append_new(json_t *array, json_t *item);
int	__wrap_json_array_append_new(json_t *array, json_t *item);
int	__real_json_object_set_new(json_t *object, const char *key,
	    json_t *item);
int	__wrap_json_object_set_new(json_t *object, const char *key,
	    json_t *item);
json_t	*__wrap_json_pack(const char *format, ...);

json_t *
__wrap_json_loadb(const char *text, size_t len, size_t flags,
    json_error_t *err)
{
	if (!plan_take("json_loadb", AT_ONCE))
		return __real_json_loadb(text, len, flags, err);
	/* Its text is empty where memory was short (jansson 2.14). */
	if (err != NULL)
		*err = (json_error_t){ .line = -1, .column = -1 };
	return NULL;
}

/* These take ITEM even where they fail. */
int
__wrap_json_array_append_new(json_t *array, json_t *item)
{
	if (!plan_take("json_array_append_new", AT_ONCE))
		return __real_json_array_append_new(array, item);
	json_decref(item);
	return -1;
}

int
__wrap_json_object_set_new(json_t *object, const char *key, json_t *item)
{
	if (!plan_take("json_object_set_new", AT_ONCE))
		return __real_json_object_set_new(object, key, item);
	json_decref(item);
	return -1;
}

/* What "o" was given is freed where it fails, by json_vpack_ex(3). */
json_t *
__wrap_json_pack(const char *format, ...)
{
	json_t *json;
	va_list ap;

	va_start(ap, format);
	json = json_vpack_ex(NULL, 0, format, ap);
	va_end(ap);
	if (!plan_take("json_pack", AT_ONCE))
		return json;
	json_decref(json);
	return NULL;
}
