/*
 * Security keys in software, for OpenSSH's programs: a SecurityKeyProvider. A
 * key's private half is its handle (DER), so there is nothing to keep but how
 * the keys behave, in the file that the environment's SKPROVIDER names, of
 * lines "NAME VALUE":
 *  counter N	of the last signature, of all keys together; 0 at first
 *  step N	what is added to it for the next one: 1 where it is left out; 0
 *		and negative ones are what a copied key shows
 *  flags N	of a signature: 1 where it is left out (present), 4 (verified)
 *  refuse N	not 0: there is no key
 *  used N	how many signatures were made
 * Without the variable the counter is 0 for ever.
 */
#include <sys/file.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/skprovider.h"

#define NUMBER_LEN	32	/* octets of r and s */
#define POINT_LEN	65
#define SIGNED_LEN	(32 + 1 + 4 + 32)

struct behaviour {
	long	counter, step, flags, refuse, used;
};

static const struct {
	const char	*name;
	size_t		offset;
} members[] = {
	{ "counter", offsetof(struct behaviour, counter) },
	{ "step", offsetof(struct behaviour, step) },
	{ "flags", offsetof(struct behaviour, flags) },
	{ "refuse", offsetof(struct behaviour, refuse) },
	{ "used", offsetof(struct behaviour, used) },
};

#define MEMBERS	(sizeof(members) / sizeof(members[0]))

static long *
member(struct behaviour *behaviour, size_t i)
{
	return (long *)(void *)((char *)behaviour + members[i].offset);
}

static void
parse(FILE *file, struct behaviour *ret)
{
	char name[16];
	long value;
	size_t i;

	while (fscanf(file, "%15s %ld", name, &value) == 2) {
		for (i = 0; i < MEMBERS; i++)
			if (strcmp(name, members[i].name) == 0)
				*member(ret, i) = value;
	}
}

/* How the key behaves now; what a signature changes is written back. */
static int
behave(int signs, struct behaviour *ret)
{
	const char *path = getenv("SKPROVIDER");
	struct behaviour now = { .step = 1, .flags = 1 };
	FILE *file;
	size_t i;

	if (path == NULL) {
		*ret = (struct behaviour){ .flags = 1 };
		return 1;
	}
	if ((file = fopen(path, "r+e")) == NULL)
		return 0;
	(void)flock(fileno(file), LOCK_EX);
	parse(file, &now);
	if (signs && now.refuse == 0) {
		now.counter += now.step;
		now.used++;
		rewind(file);
		(void)!ftruncate(fileno(file), 0);
		for (i = 0; i < MEMBERS; i++)
			fprintf(file, "%s %ld\n", members[i].name,
			    *member(&now, i));
	}
	*ret = now;
	return fclose(file) == 0;
}

static uint8_t *
copy(const void *bytes, size_t len)
{
	uint8_t *made = malloc(len);

	if (made == NULL)
		abort();
	memcpy(made, bytes, len);
	return made;
}

static EVP_PKEY *
make_pair(uint32_t alg)
{
	EVP_PKEY *pair = alg == SKPROVIDER_ECDSA
	    ? EVP_EC_gen("P-256")
	    : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (pair == NULL)
		abort();
	return pair;
}

static void
write_handle(const EVP_PKEY *pair, struct sk_enroll_response *ret)
{
	unsigned char *der = NULL;
	int len = i2d_PrivateKey(pair, &der);

	if (len <= 0)
		abort();
	ret->key_handle = copy(der, (size_t)len);
	ret->key_handle_len = (size_t)len;
	OPENSSL_free(der);
}

static void
read_public(uint32_t alg, EVP_PKEY *pair, struct sk_enroll_response *ret)
{
	uint8_t octets[POINT_LEN];
	size_t len = sizeof(octets);

	if (alg == SKPROVIDER_ECDSA) {
		if (!EVP_PKEY_get_octet_string_param(pair,
			OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets), &len))
			abort();
	} else if (!EVP_PKEY_get_raw_public_key(pair, octets, &len))
		abort();
	ret->public_key = copy(octets, len);
	ret->public_key_len = len;
}

uint32_t
sk_api_version(void)
{
	return SKPROVIDER_VERSION;
}

/* Nothing attests it: keys of software have no maker. */
int
sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len,
    const char *application, uint8_t flags, const char *pin,
    struct sk_option **options, struct sk_enroll_response **ret)
{
	struct sk_enroll_response *made;
	struct behaviour now;
	EVP_PKEY *pair;

	(void)challenge;
	(void)challenge_len;
	(void)application;
	(void)pin;
	(void)options;
	if (alg != SKPROVIDER_ECDSA && alg != SKPROVIDER_ED25519)
		return SKPROVIDER_ERR_UNSUPPORTED;
	if (!behave(0, &now) || now.refuse != 0)
		return SKPROVIDER_ERR_NO_DEVICE;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return SKPROVIDER_ERR_GENERAL;
	pair = make_pair(alg);
	made->flags = flags;
	read_public(alg, pair, made);
	write_handle(pair, made);
	made->signature = copy("", 1);
	made->attestation_cert = copy("", 1);
	made->authdata = copy("", 1);
	EVP_PKEY_free(pair);
	*ret = made;
	return 0;
}

/* What is signed: SHA256(application), flags, counter, SHA256(data). */
static void
lay_out(const char *application, uint8_t flags, uint32_t counter,
    const uint8_t *data, size_t len, uint8_t ret[static SIGNED_LEN])
{
	if (!EVP_Digest(application, strlen(application), ret, NULL,
		EVP_sha256(), NULL) ||
	    !EVP_Digest(data, len, ret + 37, NULL, EVP_sha256(), NULL))
		abort();
	ret[32] = flags;
	ret[33] = (uint8_t)(counter >> 24);
	ret[34] = (uint8_t)(counter >> 16);
	ret[35] = (uint8_t)(counter >> 8);
	ret[36] = (uint8_t)counter;
}

static uint8_t *
number(const BIGNUM *n, size_t *ret_len)
{
	uint8_t octets[NUMBER_LEN];

	*ret_len = (size_t)BN_num_bytes(n);
	if (*ret_len > sizeof(octets))
		abort();
	BN_bn2bin(n, octets);
	return copy(octets, *ret_len);
}

/* r and s, or the one string that ed25519 has for a signature. */
static void
hand_out(uint32_t alg, const uint8_t *octets, size_t len,
    struct sk_sign_response *ret)
{
	const uint8_t *at = octets;
	ECDSA_SIG *pair;

	if (alg == SKPROVIDER_ED25519) {
		ret->sig_r = copy(octets, len);
		ret->sig_r_len = len;
		return;
	}
	if ((pair = d2i_ECDSA_SIG(NULL, &at, (long)len)) == NULL)
		abort();
	ret->sig_r = number(ECDSA_SIG_get0_r(pair), &ret->sig_r_len);
	ret->sig_s = number(ECDSA_SIG_get0_s(pair), &ret->sig_s_len);
	ECDSA_SIG_free(pair);
}

static struct sk_sign_response *
sign(uint32_t alg, EVP_PKEY *pair, const char *application,
    const struct behaviour *now, const uint8_t *data, size_t len)
{
	struct sk_sign_response *ret = calloc(1, sizeof(*ret));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t octets[SIGNED_LEN], signature[256];
	size_t signature_len = sizeof(signature);

	if (ret == NULL)
		abort();
	ret->flags = (uint8_t)now->flags;
	ret->counter = (uint32_t)now->counter;
	lay_out(application, ret->flags, ret->counter, data, len, octets);
	if (!EVP_DigestSignInit(ctx, NULL,
		alg == SKPROVIDER_ECDSA ? EVP_sha256() : NULL, NULL, pair) ||
	    !EVP_DigestSign(ctx, signature, &signature_len, octets,
		sizeof(octets)))
		abort();
	hand_out(alg, signature, signature_len, ret);
	EVP_MD_CTX_free(ctx);
	return ret;
}

int
sk_sign(uint32_t alg, const uint8_t *data, size_t data_len,
    const char *application, const uint8_t *key_handle, size_t key_handle_len,
    uint8_t flags, const char *pin, struct sk_option **options,
    struct sk_sign_response **ret)
{
	struct behaviour now;
	EVP_PKEY *pair;

	(void)flags;
	(void)pin;
	(void)options;
	if (alg != SKPROVIDER_ECDSA && alg != SKPROVIDER_ED25519)
		return SKPROVIDER_ERR_UNSUPPORTED;
	pair = d2i_AutoPrivateKey(NULL, &key_handle, (long)key_handle_len);
	if (pair == NULL)
		return SKPROVIDER_ERR_GENERAL;
	if (!behave(1, &now) || now.refuse != 0) {
		EVP_PKEY_free(pair);
		return SKPROVIDER_ERR_NO_DEVICE;
	}
	*ret = sign(alg, pair, application, &now, data, data_len);
	EVP_PKEY_free(pair);
	return 0;
}

/* None stays in the key. */
int
sk_load_resident_keys(const char *pin, struct sk_option **options,
    struct sk_resident_key ***ret, size_t *ret_count)
{
	(void)pin;
	(void)options;
	*ret = NULL;
	*ret_count = 0;
	return 0;
}
