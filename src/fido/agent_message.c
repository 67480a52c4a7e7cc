#include <stdbool.h>
#include <string.h>

#include "fido/agent_message.h"

/* Types of messages: draft-miller-ssh-agent, section 5.1. */
enum agent_type {
	AGENT_FAILURE = 5,
	AGENT_REQUEST_IDENTITIES = 11,
	AGENT_IDENTITIES_ANSWER = 12,
	AGENT_SIGN_REQUEST = 13,
	AGENT_SIGN_RESPONSE = 14,
	/* Of other makers' agents. */
	AGENT_FAILURE_SSH2 = 30,
	AGENT_FAILURE_SSHCOM = 102,
};

/* What is left of an answer. */
struct reader {
	const uint8_t *at;
	size_t left;
};

static uint32_t
get_u32(const uint8_t octets[static 4])
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
	    (uint32_t)octets[2] << 8 | (uint32_t)octets[3];
}

static void
put_octets(struct agent_request *request, const void *octets, size_t len)
{
	memcpy(request->bytes + request->len, octets, len);
	request->len += len;
}

static void
put_u32(struct agent_request *request, uint32_t n)
{
	const uint8_t octets[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	put_octets(request, octets, sizeof(octets));
}

static void
put_string(struct agent_request *request, const struct agent_octets *string)
{
	put_u32(request, (uint32_t)string->len);
	put_octets(request, string->bytes, string->len);
}

static void
begin(struct agent_request *request, enum agent_type type, size_t len)
{
	const uint8_t octet = (uint8_t)type;

	request->len = 0;
	put_u32(request, (uint32_t)(1 + len));
	put_octets(request, &octet, 1);
}

void
agent_ask_identities(struct agent_request *ret)
{
	begin(ret, AGENT_REQUEST_IDENTITIES, 0);
}

enum mfa_code
agent_ask_signature(const struct agent_octets *key,
    const struct agent_octets *data, struct agent_request *ret,
    struct mfa_error *err)
{
	if (key->len == 0 || key->len > AGENT_KEY_MAX || data->len == 0 ||
	    data->len > AGENT_DATA_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "no agent is asked to sign %zu octets with a key of %zu",
		    data->len, key->len);
	begin(ret, AGENT_SIGN_REQUEST, 4 + key->len + 4 + data->len + 4);
	put_string(ret, key);
	put_string(ret, data);
	put_u32(ret, 0); /* flags: RSA's alone have any */
	return MFA_OK;
}

enum mfa_code
agent_read_length(const uint8_t header[static AGENT_LENGTH_SIZE],
    size_t *ret_len, struct mfa_error *err)
{
	size_t len = get_u32(header);

	if (len == 0 || len > AGENT_ANSWER_MAX)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent announced an answer of %zu octets", len);
	*ret_len = len;
	return MFA_OK;
}

static bool
read_u32(struct reader *reader, uint32_t *ret)
{
	if (reader->left < 4)
		return false;
	*ret = get_u32(reader->at);
	reader->at += 4;
	reader->left -= 4;
	return true;
}

static bool
read_string(struct reader *reader, struct agent_octets *ret)
{
	uint32_t len;

	if (!read_u32(reader, &len) || len > reader->left)
		return false;
	*ret = (struct agent_octets){ reader->at, len };
	reader->at += len;
	reader->left -= len;
	return true;
}

/* Is it an answer of TYPE? What follows the type is then left in READER. */
static enum mfa_code
read_type(struct reader *reader, enum agent_type type, struct mfa_error *err)
{
	uint8_t octet;

	if (reader->left == 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent's answer is empty");
	octet = reader->at[0];
	if (octet == AGENT_FAILURE || octet == AGENT_FAILURE_SSH2 ||
	    octet == AGENT_FAILURE_SSHCOM)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent has refused");
	if (octet != type)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent's answer is of type %u, not %u", octet,
		    (unsigned)type);
	reader->at++;
	reader->left--;
	return MFA_OK;
}

static enum mfa_code
malformed(const char *what, struct mfa_error *err)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "the SSH agent's %s is malformed", what);
}

enum mfa_code
agent_read_identities(const uint8_t *answer, size_t len,
    struct agent_identities *ret, struct mfa_error *err)
{
	struct reader reader = { answer, len };
	struct agent_identities identities = { .count = 0 };
	struct agent_octets comment;
	enum mfa_code code;
	uint32_t count;

	code = read_type(&reader, AGENT_IDENTITIES_ANSWER, err);
	if (code != MFA_OK)
		return code;
	if (!read_u32(&reader, &count))
		return malformed("list of keys", err);
	if (count > AGENT_IDENTITIES_MAX)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent has %u keys", (unsigned)count);
	while (identities.count < count) {
		if (!read_string(&reader, &identities.keys[identities.count]) ||
		    !read_string(&reader, &comment))
			return malformed("list of keys", err);
		identities.count++;
	}
	if (reader.left != 0)
		return malformed("list of keys", err);
	*ret = identities;
	return MFA_OK;
}

enum mfa_code
agent_read_signature(const uint8_t *answer, size_t len,
    struct agent_octets *ret, struct mfa_error *err)
{
	struct reader reader = { answer, len };
	struct agent_octets signature;
	enum mfa_code code;

	code = read_type(&reader, AGENT_SIGN_RESPONSE, err);
	if (code != MFA_OK)
		return code;
	if (!read_string(&reader, &signature) || reader.left != 0 ||
	    signature.len == 0 || signature.len > AGENT_SIGNATURE_MAX)
		return malformed("signature", err);
	*ret = signature;
	return MFA_OK;
}
