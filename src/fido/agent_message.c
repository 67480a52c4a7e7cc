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

/* Where a request is written, its length and TYPE first; LEN octets follow. */
static struct ssh_buffer
begin(struct agent_request *request, enum agent_type type, size_t len)
{
	struct ssh_buffer buffer = { .bytes = request->bytes,
		.size = sizeof(request->bytes) };

	ssh_put_u32(&buffer, (uint32_t)(1 + len));
	ssh_put_byte(&buffer, (uint8_t)type);
	return buffer;
}

void
agent_ask_identities(struct agent_request *ret)
{
	ret->len = begin(ret, AGENT_REQUEST_IDENTITIES, 0).len;
}

enum mfa_code
agent_ask_signature(const struct ssh_octets *key,
    const struct ssh_octets *data, struct agent_request *ret,
    struct mfa_error *err)
{
	struct ssh_buffer buffer;

	if (key->len == 0 || key->len > AGENT_KEY_MAX || data->len == 0 ||
	    data->len > AGENT_DATA_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "no agent is asked to sign %zu octets with a key of %zu",
		    data->len, key->len);
	buffer = begin(ret, AGENT_SIGN_REQUEST,
	    4 + key->len + 4 + data->len + 4);
	ssh_put_string(&buffer, key->bytes, key->len);
	ssh_put_string(&buffer, data->bytes, data->len);
	ssh_put_u32(&buffer, 0); /* flags: RSA's alone have any */
	ret->len = buffer.len;
	return MFA_OK;
}

enum mfa_code
agent_read_length(const uint8_t header[static AGENT_LENGTH_SIZE],
    size_t *ret_len, struct mfa_error *err)
{
	struct ssh_octets from = { header, AGENT_LENGTH_SIZE };
	uint32_t len = 0;

	if (!ssh_take_u32(&from, &len) || len == 0 || len > AGENT_ANSWER_MAX)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent announced an answer of %u octets",
		    (unsigned)len);
	*ret_len = len;
	return MFA_OK;
}

/* Is it an answer of TYPE? What follows the type is then left in FROM. */
static enum mfa_code
take_type(struct ssh_octets *from, enum agent_type type, struct mfa_error *err)
{
	uint8_t octet;

	if (!ssh_take_byte(from, &octet))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent's answer is empty");
	if (octet == AGENT_FAILURE || octet == AGENT_FAILURE_SSH2 ||
	    octet == AGENT_FAILURE_SSHCOM)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent has refused");
	if (octet != type)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent's answer is of type %u, not %u", octet,
		    (unsigned)type);
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
	struct ssh_octets from = { answer, len };
	struct agent_identities identities = { .count = 0 };
	struct ssh_octets comment;
	enum mfa_code code;
	uint32_t count;

	code = take_type(&from, AGENT_IDENTITIES_ANSWER, err);
	if (code != MFA_OK)
		return code;
	if (!ssh_take_u32(&from, &count))
		return malformed("list of keys", err);
	if (count > AGENT_IDENTITIES_MAX)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent has %u keys", (unsigned)count);
	while (identities.count < count) {
		if (!ssh_take_string(&from,
			&identities.keys[identities.count]) ||
		    !ssh_take_string(&from, &comment))
			return malformed("list of keys", err);
		identities.count++;
	}
	if (from.len != 0)
		return malformed("list of keys", err);
	*ret = identities;
	return MFA_OK;
}

enum mfa_code
agent_read_signature(const uint8_t *answer, size_t len,
    struct ssh_octets *ret, struct mfa_error *err)
{
	struct ssh_octets from = { answer, len };
	struct ssh_octets signature;
	enum mfa_code code;

	code = take_type(&from, AGENT_SIGN_RESPONSE, err);
	if (code != MFA_OK)
		return code;
	if (!ssh_take_string(&from, &signature) || from.len != 0 ||
	    signature.len == 0 || signature.len > AGENT_SIGNATURE_MAX)
		return malformed("signature", err);
	*ret = signature;
	return MFA_OK;
}
