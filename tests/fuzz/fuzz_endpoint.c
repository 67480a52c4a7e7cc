/*
 * All that a client sends in one connection to the endpoint. The first octet of
 * an input is a set of the flags below; the rest is octets as they are, or
 * parts with "\n%%\n" between them, a frame each, of a letter of the table and
 * the payload. After it no one's state is damaged.
 */
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "store/ledger.h"
#include "tests/fuzz/connection.h"

#define BY_USER	1	/* the caller is daemon; else root */
#define RAW	2	/* octets as they are */
#define PARTS_MAX 64

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 30;

static const struct {
	char letter;
	enum wire_type type;
} letters[] = {
	{ 'U', WIRE_USER },
	{ 'S', WIRE_SERVICE },
	{ 'R', WIRE_RHOST },
	{ 'T', WIRE_TTY },
	{ 'C', WIRE_CONF },
	{ 'N', WIRE_UNENROLLED },
	{ 'Q', WIRE_PROMPT_TEXT },
	{ 'G', WIRE_SIGN_IN },
	{ 'A', WIRE_ANSWER },
	{ 'H', WIRE_PHASE },
	{ 'K', WIRE_TICKET },
	{ 'I', WIRE_SSH_KEYS },
	{ 'D', WIRE_PENDING },
	{ 'B', WIRE_ENROLL_BY },
	{ 'M', WIRE_MANUAL },
	{ 'J', WIRE_OPERATION },
};

static void
send_part(struct connection *c, const struct part *part)
{
	size_t i;

	if (part->len == 0)
		return;
	if (part->at[0] == 'Z') {
		connection_send_agent(c, part->at + 1, part->len - 1);
		return;
	}
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (part->at[0] == letters[i].letter) {
			connection_send_frame(c, (uint8_t)letters[i].type,
			    part->at + 1, part->len - 1);
			return;
		}
	}
	/* Of any other type, that there is or is not. */
	if (part->len > 1)
		connection_send_frame(c, part->at[1], part->at + 2,
		    part->len - 2);
}

static void
check_json(const struct wire_frame *frame)
{
	json_t *json;

	must(frame->payload != NULL);
	json = json_loadb(frame->payload, frame->len, JSON_REJECT_DUPLICATES,
	    NULL);
	must(json_is_object(json));
	must((frame->type == WIRE_FAILURE) ==
	    (json_object_get(json, "Error") != NULL));
	json_decref(json);
}

/* What may come, and last; true where all that was asked went well. */
static bool
check_answers(const struct connection *c, bool by_user)
{
	bool well = true, ended = false;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct wire_frame *frame = &c->frames[i];

		switch (frame->type) {
		case WIRE_OUTCOME:
			must(i == c->count - 1 || c->count == FRAMES_MAX);
			well = well && strcmp(frame->payload, "Success") == 0;
			ended = true;
			break;
		case WIRE_ENVIRONMENT:
			must(strncmp(frame->payload, "AWSMFA_", 7) == 0);
			must(!by_user || strstr(frame->payload, "TICKET") ==
			    NULL);
			break;
		case WIRE_RESULT:
		case WIRE_FAILURE:
			check_json(frame);
			well = well && frame->type == WIRE_RESULT;
			ended = true;
			break;
		default:
			must(frame->type == WIRE_PROMPT ||
			    frame->type == WIRE_PROMPT_OPTIONAL ||
			    frame->type == WIRE_MESSAGE ||
			    frame->type == WIRE_WAIT);
		}
	}
	return well && ended;
}

/* Devices that are read, and a ledger beside them. */
static void
check_user(const struct store *store, const char *name, uid_t uid)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct host_user user = { .uid = uid };
	struct mfa_error err;
	enum mfa_code code;

	strcpy(user.name, name);
	code = store_load(store, &user, &list, &err);
	must(code == MFA_OK || code == MFA_NOT_ENROLLED);
	if (code == MFA_OK)
		must(ledger_open_enrolled(store, &user, &ledger, &err) ==
		    MFA_OK);
}

/* What a user does is nothing to the others. */
static void
check_state(struct fuzzbed *bed, bool by_user)
{
	_cleanup_(store_freep) struct store *store = fuzzbed_store(bed);

	if (by_user)
		must(fuzzbed_is_kept(bed, "alice"));
	check_user(store, "alice", 1001);
	check_user(store, "bob", 1002);
	check_user(store, "daemon", 1);
}

static void
prepare(struct fuzzbed *bed)
{
	static bool kept;

	if (kept) {
		fuzzbed_restore(bed);
		return;
	}
	kept = true;
	fuzzbed_enrol(bed, "alice", 1001, 1);
	fuzzbed_enrol(bed, "alice", 1001, 2);
	fuzzbed_enrol(bed, "daemon", 1, 3);
	fuzzbed_import(bed, 4);
	fuzzbed_import(bed, 5);
	fuzzbed_keep(bed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct connection c;
	struct fuzzbed *bed = fuzzbed();
	struct part in, part;
	bool by_user;
	size_t i;

	fuzz_accepted = false;
	/* The endpoint tells root from users, and settings are root's. */
	if ((fuzz_skipped = geteuid() != 0) || len == 0 ||
	    len > sizeof(c.octets) / 2)
		return 0;
	prepare(bed);
	by_user = data[0] & BY_USER;
	in = (struct part){ data + 1, len - 1 };
	connection_open(&c);
	if (data[0] & RAW)
		connection_send(&c, in.at, in.len);
	else
		for (i = 0; i < PARTS_MAX && part_take(&in, &part); i++)
			send_part(&c, &part);
	connection_serve(&c, bed, by_user ? 1 : 0);
	fuzz_accepted = check_answers(&c, by_user);
	connection_clear(&c);
	check_state(bed, by_user);
	return 0;
}
