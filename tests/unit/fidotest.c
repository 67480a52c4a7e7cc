#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fidotest.h"

const uint8_t fidotest_hash[FIDO_HASH_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
	10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
	28, 29, 30, 31 };
const struct fido_policy fidotest_any;

void
fidotest_set_new(struct fidotest_set *ret)
{
	struct fidomake_terms terms = { 0 };

	fidomake_key_new(&ret->keys[0], FIDO_ES256, FIDOTEST_RP);
	fidomake_key_new(&ret->keys[1], FIDO_EDDSA, FIDOTEST_RP);
	terms.aaguid = ret->keys[0].aaguid;
	fidomake_signer_new(&ret->signer, "key", &terms);
}

void
fidotest_set_clear(struct fidotest_set *set)
{
	fidomake_key_clear(&set->keys[0]);
	fidomake_key_clear(&set->keys[1]);
	fidomake_signer_clear(&set->signer);
}

enum fido_algorithm
fidotest_algorithm(int kind)
{
	return kind == FIDOTEST_EDDSA_SELF || kind == FIDOTEST_EDDSA ?
	    FIDO_EDDSA : FIDO_ES256;
}

const struct fidomake_key *
fidotest_key(const struct fidotest_set *set, int kind)
{
	return &set->keys[fidotest_algorithm(kind) == FIDO_EDDSA];
}

static bool
is_self(int kind)
{
	return kind == FIDOTEST_ES256_SELF || kind == FIDOTEST_EDDSA_SELF;
}

void
fidotest_make(const struct fidotest_set *set, int kind, uint8_t flags,
    struct fidomade *ret)
{
	const struct fidomake_key *key = fidotest_key(set, kind);

	if (kind == FIDOTEST_U2F)
		fidomake_u2f(key, &set->signer, fidotest_hash, ret);
	else
		fidomake_packed(key, is_self(kind) ? NULL : &set->signer,
		    flags, 7, fidotest_hash, ret);
}

void
fidotest_sign(const struct fidotest_set *set, int kind, struct fidomade *made)
{
	fidomake_sign(is_self(kind) ? fidotest_key(set, kind)->pair :
	    set->signer.pair, &made->authdata, fidotest_hash,
	    &made->signature);
}

enum mfa_code
fidotest_verify(const struct fidomade *made, enum fido_algorithm algorithm,
    const struct fido_policy *policy, struct fido_credential *ret,
    const char *detail)
{
	struct fido_made view = fidomake_made(made);
	struct fido_credential kept, before;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	memset(&kept, 0xa5, sizeof(kept));
	before = kept;
	code = fido_verify_made(fidotest_hash, FIDOTEST_RP, algorithm, policy,
	    &view, &kept, &err);
	if (code == MFA_OK) {
		if (ret != NULL)
			*ret = kept;
	} else {
		assert_int_equal(err.code, code);
		assert_string_not_equal(err.detail, "");
		assert_memory_equal(&kept, &before, sizeof(kept));
	}
	if (detail != NULL && strstr(err.detail, detail) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", detail, err.detail);
	return code;
}

bool
fidotest_is_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[8192];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, "/libfido2.so") != NULL;
	fclose(maps);
	return found;
}

void
fidotest_assert_kept(const struct fido_credential *kept,
    const struct fidomake_key *key, const struct fidomade *made)
{
	struct fido_credential expected;

	fidomake_credential(key, &expected);
	assert_true(fido_format_parse(made->format, &expected.format));
	if (expected.format == FIDO_U2F)
		memset(expected.aaguid, 0, sizeof(expected.aaguid));
	expected.user_verified = kept->user_verified;
	expected.sign_count = kept->sign_count;
	expected.certificate_len = made->certificate.len;
	memcpy(expected.certificate, made->certificate.bytes,
	    made->certificate.len);
	assert_string_equal(kept->rp_id, expected.rp_id);
	assert_int_equal(kept->id_len, expected.id_len);
	assert_memory_equal(kept->id, expected.id, expected.id_len);
	assert_int_equal(kept->key_len, expected.key_len);
	assert_memory_equal(kept->key, expected.key, expected.key_len);
	assert_memory_equal(kept->aaguid, expected.aaguid, FIDO_AAGUID_SIZE);
	assert_int_equal(kept->algorithm, expected.algorithm);
	assert_int_equal(kept->format, expected.format);
	assert_int_equal(kept->certificate_len, expected.certificate_len);
	assert_memory_equal(kept->certificate, expected.certificate,
	    expected.certificate_len);
}
