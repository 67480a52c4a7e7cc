#include <string.h>

#include "base/text.h"
#include "key/request.h"

bool
request_copy(uint8_t *dst, size_t max, size_t *ret_len, const void *src,
    size_t len)
{
	if (src == NULL || len == 0 || len > max)
		return false;
	memcpy(dst, src, len);
	*ret_len = len;
	return true;
}

static int
get_info(fido_dev_t *dev, void *arg, const char *pin)
{
	(void)pin;
	return fido_dev_get_cbor_info(dev, arg);
}

/* Those that fit; the rest is of no use to anyone. */
static void
copy_certifications(fido_cbor_info_t *info, struct keymsg_answer *answer)
{
	char *const *names = fido_cbor_info_certs_name_ptr(info);
	const uint64_t *levels = fido_cbor_info_certs_value_ptr(info);
	size_t count = fido_cbor_info_certs_len(info), i;
	struct keymsg_certification *item = answer->certifications;

	for (i = 0; i < count &&
	     answer->certification_count < KEYMSG_CERTIFICATIONS_MAX;
	     i++) {
		text_sanitise(item->name, sizeof(item->name), names[i]);
		if (item->name[0] == '\0')
			continue;
		item->level = levels[i];
		item++;
		answer->certification_count++;
	}
}

/*
 * Does the key tell its algorithms, and not the one that is wanted? It would
 * say so later, but ask for the PIN before. A key that tells none is asked.
 */
static bool
lacks_algorithm(const struct session *s, const fido_cbor_info_t *info)
{
	int wanted = s->request->eddsa ? COSE_EDDSA : COSE_ES256;
	size_t count = fido_cbor_info_algorithm_count(info), i;

	if (s->request->what != KEY_MAKE)
		return false;
	for (i = 0; i < count; i++) {
		if (fido_cbor_info_algorithm_cose(info, i) == wanted)
			return false;
	}
	return count > 0;
}

/* What to make of INFO, which the key has said. */
static enum keymsg_error
judge(const struct session *s, fido_cbor_info_t *info,
    struct keymsg_answer *answer)
{
	copy_certifications(info, answer);
	if (lacks_algorithm(s, info))
		return answer_fail(answer, KEY_UNSUPPORTED,
		    "the key does not have the algorithm");
	return KEY_OK;
}

enum keymsg_error
request_info(struct session *s, struct keymsg_answer *answer)
{
	enum keymsg_error error;
	fido_cbor_info_t *info;
	int r;

	answer->fido2 = fido_dev_is_fido2(s->dev);
	answer->has_pin = fido_dev_has_pin(s->dev);
	if (!answer->fido2)
		return KEY_OK;
	if ((info = fido_cbor_info_new()) == NULL)
		return session_fail(s, FIDO_ERR_INTERNAL, answer);
	r = session_call(s, get_info, info, NULL);
	error = r == FIDO_OK ? judge(s, info, answer)
			     : session_fail(s, r, answer);
	fido_cbor_info_free(&info);
	return error;
}
