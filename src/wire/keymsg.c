#include <assert.h>
#include <stdlib.h>

#include "wire/fields.h"
#include "wire/frame.h"
#include "wire/keymsg.h"

struct message {
	enum wire_type type;
	struct fields fields;
};

#define ALL   UINT32_MAX
#define ON(x) (UINT32_C(1) << (x))
#define USES  (ON(KEY_MAKE) | ON(KEY_ASSERT))

#define REQUEST(m)  .offset = offsetof(struct keymsg_request, m)
#define PROGRESS(m) .offset = offsetof(struct keymsg_progress, m)
#define ANSWER(m)   .offset = offsetof(struct keymsg_answer, m)
#define LENGTH(m)   .offset_len = offsetof(struct keymsg_answer, m)
#define LIST(type, m, n, number)                                     \
	.limit = (n), .stride = sizeof(((struct type *)NULL)->m[0]), \
	.offset_count = offsetof(struct type, number)

static const struct field request_fields[] = {
	{ 1, FIELD_ENUM, REQUEST(what), .max = KEY_ASSERT, .must = ALL },
	{ 2, FIELD_NUMBER, REQUEST(timeout), .must = ALL },
	{ 3, FIELD_STRING, REQUEST(node), .max = KEYMSG_NODE_MAX, .may = ALL },
	{ 4, FIELD_STRING, REQUEST(nodes), .max = KEYMSG_NODE_MAX, .may = ALL,
	    LIST(keymsg_request, nodes, KEYMSG_NODES_MAX, node_count) },
	{ 5, FIELD_STRING, REQUEST(rp_id), .max = KEYMSG_RP_MAX,
	    .must = USES },
	{ 6, FIELD_FIXED, REQUEST(hash), .max = KEYMSG_HASH_SIZE,
	    .must = USES },
	{ 7, FIELD_ENUM, REQUEST(uv), .max = KEY_UV_REQUIRED, .must = USES },
	{ 8, FIELD_FLAG, REQUEST(eddsa), .must = ON(KEY_MAKE) },
	{ 9, FIELD_FIXED, REQUEST(user_id), .max = KEYMSG_USER_ID_SIZE,
	    .must = ON(KEY_MAKE) },
	{ 10, FIELD_STRING, REQUEST(user_name), .max = KEYMSG_TEXT_MAX,
	    .must = ON(KEY_MAKE) },
	{ 11, FIELD_BYTES, REQUEST(credentials[0].bytes),
	    .max = KEYMSG_CREDENTIAL_MAX, .may = USES, .must = ON(KEY_ASSERT),
	    .offset_len = offsetof(struct keymsg_request, credentials[0].len),
	    LIST(keymsg_request, credentials, KEYMSG_CREDENTIALS_MAX,
		credential_count) },
	{ 12, FIELD_NUMBER, REQUEST(channel), .may = ALL },
};

static const struct field progress_fields[] = {
	{ 1, FIELD_ENUM, PROGRESS(status), .max = KEY_STATUS_PIN, .must = ALL },
	{ 2, FIELD_STRING, PROGRESS(text), .max = KEYMSG_TEXT_MAX, .may = ALL },
	{ 3, FIELD_RETRIES, PROGRESS(retries), .may = ON(KEY_STATUS_PIN) },
	{ 4, FIELD_FLAG, PROGRESS(wrong), .may = ON(KEY_STATUS_PIN) },
	{ 5, FIELD_STRING, PROGRESS(node), .max = KEYMSG_NODE_MAX,
	    .may = ON(KEY_STATUS_OPENED) },
	{ 6, FIELD_NUMBER, PROGRESS(channel), .may = ON(KEY_STATUS_TOUCH) },
};

static const struct field answer_fields[] = {
	{ 1, FIELD_ENUM, ANSWER(error), .max = KEY_FAILED, .must = ALL },
	{ 2, FIELD_STRING, ANSWER(text), .max = KEYMSG_TEXT_MAX, .may = ALL },
	{ 3, FIELD_STRING, ANSWER(node), .max = KEYMSG_NODE_MAX, .may = ALL },
	{ 4, FIELD_FLAG, ANSWER(fido2), .may = ON(KEY_OK) },
	{ 5, FIELD_FLAG, ANSWER(has_pin), .may = ON(KEY_OK) },
	{ 6, FIELD_LEVEL, ANSWER(certifications[0].name),
	    .max = KEYMSG_TEXT_MAX, .may = ON(KEY_OK),
	    LENGTH(certifications[0].level),
	    LIST(keymsg_answer, certifications, KEYMSG_CERTIFICATIONS_MAX,
		certification_count) },
	{ 7, FIELD_STRING, ANSWER(format), .max = KEYMSG_TEXT_MAX,
	    .may = ON(KEY_OK) },
	{ 8, FIELD_BYTES, ANSWER(authdata), .max = KEYMSG_AUTHDATA_MAX,
	    .may = ON(KEY_OK), LENGTH(authdata_len) },
	{ 9, FIELD_BYTES, ANSWER(signature), .max = KEYMSG_SIGNATURE_MAX,
	    .may = ON(KEY_OK), LENGTH(signature_len) },
	{ 10, FIELD_BYTES, ANSWER(certificate), .max = KEYMSG_CERTIFICATE_MAX,
	    .may = ON(KEY_OK), LENGTH(certificate_len) },
	{ 11, FIELD_BYTES, ANSWER(credential.bytes),
	    .max = KEYMSG_CREDENTIAL_MAX, .may = ON(KEY_OK),
	    LENGTH(credential.len) },
};

#define MESSAGE(type, table) \
	{ type, { table, sizeof(table) / sizeof((table)[0]) } }

static const struct message request_message = MESSAGE(WIRE_KEY_REQUEST,
    request_fields);
static const struct message progress_message = MESSAGE(WIRE_KEY_STATUS,
    progress_fields);
static const struct message answer_message = MESSAGE(WIRE_KEY_ANSWER,
    answer_fields);

/* The tables read and write enumerations as this. */
static_assert(sizeof(enum keymsg_what) == sizeof(unsigned) &&
	sizeof(enum keymsg_uv) == sizeof(unsigned) &&
	sizeof(enum keymsg_status) == sizeof(unsigned) &&
	sizeof(enum keymsg_error) == sizeof(unsigned),
    "an enum is an unsigned");

static enum mfa_code
send_message(int fd, const struct message *m, const void *message,
    int64_t deadline, struct mfa_error *err)
{
	_cleanup_(freep) uint8_t *buf = NULL;
	size_t size = wire_limit(m->type), len;

	if ((buf = malloc(size)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for a message");
	if (!fields_encode(&m->fields, message, buf, size, &len))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a message of type %u that can't be sent",
		    (unsigned)m->type);
	return wire_send(fd, m->type, buf, len, deadline, err);
}

static bool
is_message(const struct message *m, const struct wire_frame *frame,
    void *ret_message)
{
	return frame->type == m->type &&
	    fields_decode(&m->fields, (const uint8_t *)frame->payload,
		frame->len, ret_message);
}

static enum mfa_code
bad_message(const struct wire_frame *frame, struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "a malformed message of type %u from the peer",
	    (unsigned)frame->type);
}

enum mfa_code
keymsg_send_request(int fd, const struct keymsg_request *request,
    int64_t deadline, struct mfa_error *err)
{
	return send_message(fd, &request_message, request, deadline, err);
}

enum mfa_code
keymsg_receive_request(int fd, int64_t deadline, struct keymsg_request *ret,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	struct keymsg_request request = { 0 };
	enum mfa_code code;

	if ((code = wire_receive(fd, deadline, &frame, err)) != MFA_OK)
		return code;
	if (!is_message(&request_message, &frame, &request))
		return bad_message(&frame, err);
	*ret = request;
	return MFA_OK;
}

enum mfa_code
keymsg_send_pin(int fd, const struct secret *pin, int64_t deadline,
    struct mfa_error *err)
{
	return wire_send(fd, WIRE_KEY_PIN, pin->bytes, pin->len, deadline, err);
}

enum mfa_code
keymsg_receive_pin(int fd, int64_t deadline, struct secret *ret,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	enum mfa_code code;

	if ((code = wire_receive(fd, deadline, &frame, err)) != MFA_OK)
		return code;
	if (frame.type != WIRE_KEY_PIN ||
	    !secret_set(ret, frame.payload, frame.len))
		return bad_message(&frame, err);
	return MFA_OK;
}

enum mfa_code
keymsg_send_progress(int fd, const struct keymsg_progress *progress,
    int64_t deadline, struct mfa_error *err)
{
	return send_message(fd, &progress_message, progress, deadline, err);
}

enum mfa_code
keymsg_send_answer(int fd, const struct keymsg_answer *answer, int64_t deadline,
    struct mfa_error *err)
{
	return send_message(fd, &answer_message, answer, deadline, err);
}

enum mfa_code
keymsg_receive(int fd, int64_t deadline, bool *ret_is_answer,
    struct keymsg_progress *ret_progress, struct keymsg_answer *ret_answer,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	struct keymsg_progress progress = { .retries = -1 };
	struct keymsg_answer answer = { 0 };
	enum mfa_code code;

	if ((code = wire_receive(fd, deadline, &frame, err)) != MFA_OK)
		return code;
	if (is_message(&progress_message, &frame, &progress)) {
		*ret_progress = progress;
		*ret_is_answer = false;
		return MFA_OK;
	}
	if (is_message(&answer_message, &frame, &answer)) {
		*ret_answer = answer;
		*ret_is_answer = true;
		return MFA_OK;
	}
	return bad_message(&frame, err);
}
