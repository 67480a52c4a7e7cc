#include "base/text.h"
#include "key/request.h"
#include "key/verify.h"

static void
cred_freep(fido_cred_t **cred)
{
	fido_cred_free(cred);
}

static int
make(fido_dev_t *dev, void *arg, const char *pin)
{
	return fido_dev_make_cred(dev, arg, pin);
}

static int
set_uv(void *arg, fido_opt_t uv)
{
	return fido_cred_set_uv(arg, uv);
}

static int
exclude(const struct keymsg_request *request, fido_cred_t *cred)
{
	size_t i;
	int r;

	for (i = 0; i < request->credential_count; i++) {
		r = fido_cred_exclude(cred, request->credentials[i].bytes,
		    request->credentials[i].len);
		if (r != FIDO_OK)
			return r;
	}
	return FIDO_OK;
}

/* Not resident: the user's device file keeps the credential's id. */
static int
fill(const struct keymsg_request *request, fido_cred_t *cred)
{
	int r;

	if ((r = fido_cred_set_type(cred,
		 request->eddsa ? COSE_EDDSA : COSE_ES256)) != FIDO_OK ||
	    (r = fido_cred_set_rp(cred, request->rp_id, request->rp_id)) !=
		FIDO_OK ||
	    (r = fido_cred_set_clientdata_hash(cred, request->hash,
		 sizeof(request->hash))) != FIDO_OK)
		return r;
	return fido_cred_set_user(cred, request->user_id,
	    sizeof(request->user_id), request->user_name, NULL, NULL);
}

/* The key has none of those excluded, or says so only with a touch. */
static enum keymsg_error
look_for_excluded(struct session *s, fido_cred_t *cred,
    struct keymsg_answer *answer)
{
	size_t index;
	int r;

	switch (session_find(s, &index, &r)) {
	case FOUND_NONE:
		return KEY_OK;
	case FOUND_ONE:
		return answer_fail(answer, KEY_EXCLUDED,
		    "credential %zu of the request is on the key", index + 1);
	case FOUND_UNKNOWN:
		r = exclude(s->request, cred);
		return r == FIDO_OK ? KEY_OK : session_fail(s, r, answer);
	case FOUND_FAILED:
		break;
	}
	return session_fail(s, r, answer);
}

static enum keymsg_error
copy_answer(const fido_cred_t *cred, struct keymsg_answer *answer)
{
	const char *format = fido_cred_fmt(cred);
	bool is_whole;

	text_sanitise(answer->format, sizeof(answer->format),
	    format == NULL ? "" : format);
	is_whole = request_copy(answer->authdata, sizeof(answer->authdata),
		       &answer->authdata_len, fido_cred_authdata_raw_ptr(cred),
		       fido_cred_authdata_raw_len(cred)) &&
	    request_copy(answer->credential.bytes,
		sizeof(answer->credential.bytes), &answer->credential.len,
		fido_cred_id_ptr(cred), fido_cred_id_len(cred)) &&
	    request_copy(answer->signature, sizeof(answer->signature),
		&answer->signature_len, fido_cred_sig_ptr(cred),
		fido_cred_sig_len(cred));
	/* None is self attestation. */
	if (is_whole && fido_cred_x5c_len(cred) > 0)
		is_whole = request_copy(answer->certificate,
		    sizeof(answer->certificate), &answer->certificate_len,
		    fido_cred_x5c_ptr(cred), fido_cred_x5c_len(cred));
	if (!is_whole)
		return answer_fail(answer, KEY_FAILED,
		    "the key's attestation lacks a part, or is too large");
	return KEY_OK;
}

enum keymsg_error
request_make(struct session *s, struct keymsg_answer *answer)
{
	_cleanup_(cred_freep) fido_cred_t *cred = NULL;
	enum keymsg_error error;
	int r;

	if (s->request->eddsa && !fido_dev_is_fido2(s->dev))
		return answer_fail(answer, KEY_UNSUPPORTED,
		    "a U2F key has ES256 only");
	if ((error = request_info(s, answer)) != KEY_OK)
		return error;
	if ((cred = fido_cred_new()) == NULL)
		return session_fail(s, FIDO_ERR_INTERNAL, answer);
	if ((r = fill(s->request, cred)) != FIDO_OK)
		return session_fail(s, r, answer);
	if ((error = look_for_excluded(s, cred, answer)) != KEY_OK)
		return error;
	error = verify_and_ask(s, &(struct ask){ make, set_uv, cred }, answer);
	return error == KEY_OK ? copy_answer(cred, answer) : error;
}
