/*
 * What OpenSSH asks of a provider of security keys (its sk-api, version 10, as
 * ssh-keygen, ssh and ssh-agent of OpenSSH 9 load it). Memory that is handed
 * out is malloc(3)ed, and freed by who asked.
 */
#ifndef SUPPORT_SKPROVIDER_H
#define SUPPORT_SKPROVIDER_H

#include <stddef.h>
#include <stdint.h>

#define SKPROVIDER_VERSION	UINT32_C(0x000a0000)

#define SKPROVIDER_ECDSA	0
#define SKPROVIDER_ED25519	1

#define SKPROVIDER_ERR_GENERAL		(-1)
#define SKPROVIDER_ERR_UNSUPPORTED	(-2)
#define SKPROVIDER_ERR_NO_DEVICE	(-4)

struct sk_option;

struct sk_enroll_response {
	uint8_t		flags;
	uint8_t		*public_key;
	size_t		public_key_len;
	uint8_t		*key_handle;
	size_t		key_handle_len;
	uint8_t		*signature;
	size_t		signature_len;
	uint8_t		*attestation_cert;
	size_t		attestation_cert_len;
	uint8_t		*authdata;
	size_t		authdata_len;
};

struct sk_sign_response {
	uint8_t		flags;
	uint32_t	counter;
	uint8_t		*sig_r;
	size_t		sig_r_len;
	uint8_t		*sig_s;
	size_t		sig_s_len;
};

struct sk_resident_key;

uint32_t	sk_api_version(void);
int		sk_enroll(uint32_t alg, const uint8_t *challenge,
		    size_t challenge_len, const char *application,
		    uint8_t flags, const char *pin, struct sk_option **options,
		    struct sk_enroll_response **ret);
int		sk_sign(uint32_t alg, const uint8_t *data, size_t data_len,
		    const char *application, const uint8_t *key_handle,
		    size_t key_handle_len, uint8_t flags, const char *pin,
		    struct sk_option **options, struct sk_sign_response **ret);
int		sk_load_resident_keys(const char *pin,
		    struct sk_option **options, struct sk_resident_key ***ret,
		    size_t *ret_count);

#endif
