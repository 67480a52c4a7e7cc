#include "key/request.h"
#include "key/verify.h"

static void
assert_freep(fido_assert_t **assert)
{
	fido_assert_free(assert);
}

static int
ask(fido_dev_t *dev, void *arg, const char *pin)
{
	return fido_dev_get_assert(dev, arg, pin);
}

static int
set_uv(void *arg, fido_opt_t uv)
{
	return fido_assert_set_uv(arg, uv);
}

/* Allows N credentials from FIRST on. */
static int
fill(const struct keymsg_request *request, size_t first, size_t n,
    fido_assert_t *assert)
{
	const struct keymsg_blob *blob = &request->credentials[first];
	int r;

	if ((r = fido_assert_set_rp(assert, request->rp_id)) != FIDO_OK ||
	    (r = fido_assert_set_clientdata_hash(assert, request->hash,
		 sizeof(request->hash))) != FIDO_OK)
		return r;
	for (; n > 0; n--, blob++) {
		r = fido_assert_allow_cred(assert, blob->bytes, blob->len);
		if (r != FIDO_OK)
			return r;
	}
	return FIDO_OK;
}

/* Only the credential that is there; all where the key does not tell which. */
static enum keymsg_error
look_for_allowed(struct session *s, fido_assert_t *assert,
    struct keymsg_answer *answer)
{
	size_t index = 0;
	int r;

	switch (session_find(s, &index, &r)) {
	case FOUND_NONE:
		return answer_fail(answer, KEY_NO_CREDENTIAL,
		    "none of the credentials is on the key");
	case FOUND_ONE:
		/* Some keys leave out the id where there is no choice. */
		answer->credential = s->request->credentials[index];
		r = fill(s->request, index, 1, assert);
		return r == FIDO_OK ? KEY_OK : session_fail(s, r, answer);
	case FOUND_UNKNOWN:
		r = fill(s->request, 0, s->request->credential_count, assert);
		return r == FIDO_OK ? KEY_OK : session_fail(s, r, answer);
	case FOUND_FAILED:
		break;
	}
	return session_fail(s, r, answer);
}

/*
 * libfido2 keeps authenticator data as a CBOR byte string (RFC 8949, 3.1), of
 * definite length in its shortest form. Returns false for anything else.
 */
static bool
unwrap(const uint8_t **data, size_t *len)
{
	size_t header, n;

	if (*data == NULL || *len < 3)
		return false;
	if ((*data)[0] >= 0x40 && (*data)[0] < 0x58) {
		header = 1;
		n = (*data)[0] - 0x40u;
	} else if ((*data)[0] == 0x58) {
		header = 2;
		n = (*data)[1];
	} else if ((*data)[0] == 0x59) {
		header = 3;
		n = (size_t)(*data)[1] << 8 | (*data)[2];
	} else {
		return false;
	}
	if (n != *len - header)
		return false;
	*data += header;
	*len = n;
	return true;
}

static enum keymsg_error
copy_answer(const fido_assert_t *assert, struct keymsg_answer *answer)
{
	const uint8_t *data;
	size_t len;

	/* The first; with several allowed, the others' are left out. */
	if (fido_assert_count(assert) == 0)
		return answer_fail(answer, KEY_FAILED, "no assertion");
	data = fido_assert_authdata_ptr(assert, 0);
	len = fido_assert_authdata_len(assert, 0);
	if (fido_assert_id_len(assert, 0) > 0 &&
	    !request_copy(answer->credential.bytes,
		sizeof(answer->credential.bytes), &answer->credential.len,
		fido_assert_id_ptr(assert, 0), fido_assert_id_len(assert, 0)))
		return answer_fail(answer, KEY_FAILED,
		    "the id of the credential is too large");
	if (answer->credential.len == 0 || !unwrap(&data, &len) ||
	    !request_copy(answer->authdata, sizeof(answer->authdata),
		&answer->authdata_len, data, len) ||
	    !request_copy(answer->signature, sizeof(answer->signature),
		&answer->signature_len, fido_assert_sig_ptr(assert, 0),
		fido_assert_sig_len(assert, 0)))
		return answer_fail(answer, KEY_FAILED,
		    "the key's assertion lacks a part, or is too large");
	return KEY_OK;
}

enum keymsg_error
request_assert(struct session *s, struct keymsg_answer *answer)
{
	_cleanup_(assert_freep) fido_assert_t *assert = NULL;
	enum keymsg_error error;

	if ((assert = fido_assert_new()) == NULL)
		return session_fail(s, FIDO_ERR_INTERNAL, answer);
	if ((error = look_for_allowed(s, assert, answer)) != KEY_OK)
		return error;
	error = verify_and_ask(s, &(struct ask){ ask, set_uv, assert }, answer);
	return error == KEY_OK ? copy_answer(assert, answer) : error;
}
