/*
 * Is an assertion that of a credential? All but the relying party in hex:
 *   verify_u2f RP-ID CREDENTIAL-ID PUBLIC-KEY HASH AUTHDATA SIGNATURE
 * The public key is x and y of ES256, the authenticator data not wrapped.
 * Prints the code's name and the detail; ends with 0 where it is Success.
 */
#include <openssl/crypto.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "fido/credential.h"

/* Reads TEXT into at most SIZE octets; their number. */
static size_t
read_hex(const char *text, uint8_t *octets, size_t size)
{
	size_t len;

	if (*text == '\0')
		return 0;
	if (OPENSSL_hexstr2buf_ex(octets, size, &len, text, '\0') != 1)
		errx(2, "not hex, or too long: %s", text);
	return len;
}

static void
fill_credential(char **args, struct fido_credential *ret)
{
	if (strlen(args[0]) > FIDO_RP_ID_MAX)
		errx(2, "too long: %s", args[0]);
	strcpy(ret->rp_id, args[0]);
	ret->algorithm = FIDO_ES256;
	ret->id_len = read_hex(args[1], ret->id, sizeof(ret->id));
	ret->key_len = read_hex(args[2], ret->key, sizeof(ret->key));
}

int
main(int argc, char **argv)
{
	static struct fido_credential credential;
	uint8_t hash[FIDO_HASH_SIZE], authdata[FIDO_AUTHDATA_MAX],
	    signature[FIDO_SIGNATURE_MAX];
	struct fido_asserted asserted = {
		.authdata = authdata, .signature = signature,
	};
	struct mfa_error error = { 0 };
	enum mfa_code code;
	uint32_t count = 0;

	if (argc != 7)
		errx(2, "usage: verify_u2f RP ID KEY HASH AUTHDATA SIGNATURE");
	fill_credential(argv + 1, &credential);
	if (read_hex(argv[4], hash, sizeof(hash)) != sizeof(hash))
		errx(2, "too short: %s", argv[4]);
	asserted.authdata_len = read_hex(argv[5], authdata, sizeof(authdata));
	asserted.signature_len = read_hex(argv[6], signature,
	    sizeof(signature));
	code = fido_verify_asserted(&credential, hash, false, &asserted,
	    &count, &error);
	printf("%s %s\n", mfa_code_name(code), error.detail);
	return code == MFA_OK ? 0 : 1;
}
