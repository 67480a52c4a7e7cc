/*
 * Whole sign-ins of root's programs. An input is parts with "\n%%\n" between
 * them: awsmfa.conf, policy.json, the device file of alice (each "": none), the
 * first slot of alice's ledger without its hash (shorter: filled up by a new
 * one's), and then one for each sign-in:
 *   USER SERVICE RHOST TTY UNENROLLED ENROLL_BY, a tab between them, a line
 *   for each answer
 * or "+SECONDS" in which nothing happens.
 *
 * What must hold: nobody is let in after a prompt but by an answer that is
 * right, by what was in the store before; and what was right once is not again.
 */
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "mfa/longcode.h"
#include "mfa/signin.h"
#include "store/ledger.h"
#include "tests/fuzz/connection.h"

#define HASH_SIZE	32
#define ROOM		(LEDGER_SLOT_SIZE - HASH_SIZE)
#define SIGNINS_MAX	8
#define ANSWERS_MAX	8
#define FIELDS		6

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 100;

/* One sign-in, as the input has it. */
struct attempt {
	struct part	fields[FIELDS];
	struct part	answers[ANSWERS_MAX];
	size_t		answer_count;
};

/* What became of it. */
struct result {
	bool	success;
	size_t	prompts;
};

/* Who could be let in, by what is in the store. */
struct truth {
	bool			has_policy;
	bool			is_unenrolled;	/* alice, for certain */
	struct device_list	devices;
	bool			has_ledger;
	struct ledger_record	record;
};

static struct connection c;

/* The state */

static void
put_file(const char *path, const struct part *part)
{
	if (part->len > 0)
		fuzzbed_write(path, part->at, part->len);
}

static void
put_ledger(struct fuzzbed *bed, struct store *store, const struct part *part)
{
	static uint8_t file[LEDGER_FILE_SIZE];
	struct ledger *ledger = NULL;
	struct mfa_error err;
	char path[PATH_MAX];
	FILE *in;

	must(ledger_open(store, &FUZZBED_ALICE, true, 0, &ledger, &err) ==
	    MFA_OK);
	ledger_freep(&ledger);
	fuzzbed_path(bed, "ledger", "alice", path);
	must((in = fopen(path, "re")) != NULL);
	must(fread(file, 1, sizeof(file), in) == sizeof(file));
	fclose(in);
	if (part->len > 0)
		memcpy(file, part->at, part->len < ROOM ? part->len : ROOM);
	must(EVP_Digest(file, ROOM, file + ROOM, NULL, EVP_sha256(), NULL) ==
	    1);
	fuzzbed_write(path, file, sizeof(file));
}

static bool
prepare(struct fuzzbed *bed, struct store *store, struct part *in,
    struct truth *truth)
{
	struct part conf, policy, devices, ledger;
	char path[PATH_MAX];

	fuzzbed_empty(bed);
	if (!part_take(in, &conf) || !part_take(in, &policy) ||
	    !part_take(in, &devices) || !part_take(in, &ledger))
		return false;
	put_file(bed->conf, &conf);
	put_file(bed->policy, &policy);
	fuzzbed_path(bed, "devices", "alice", path);
	put_file(path, &devices);
	put_ledger(bed, store, &ledger);
	truth->has_policy = policy.len > 0;
	return true;
}

static void
find_truth(const struct store *store, struct truth *truth)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct mfa_error err;

	device_list_clear(&truth->devices);
	truth->is_unenrolled = store_load(store, &FUZZBED_ALICE,
	    &truth->devices, &err) == MFA_NOT_ENROLLED;
	truth->has_ledger = ledger_open(store, &FUZZBED_ALICE, false, 0,
	    &ledger, &err) == MFA_OK;
	if (truth->has_ledger)
		truth->record = *ledger_record(ledger);
}

/* The oracle */

static bool
has_code(const struct device *device, int64_t step, const uint8_t *digits,
    size_t len)
{
	struct secret code;
	struct mfa_error err;

	if (step < 0)
		return false;
	must(hotp_code(&device->otp, &device->seed, (uint64_t)step, &code,
	    &err) == MFA_OK);
	return code.len == len && memcmp(code.bytes, digits, len) == 0;
}

/* An unspent step within the window has the code, or two of the wider one. */
static bool
device_is_right(const struct fuzzbed *bed, const struct device *device,
    const struct ledger_device *entry, const struct secret *digits)
{
	int64_t middle = totp_step(&device->otp, bed->now) + entry->drift, step;
	size_t half = digits->len / 2;

	for (step = middle - SIGNIN_RESYNC_WINDOW;
	    step <= middle + SIGNIN_RESYNC_WINDOW; step++) {
		if (step <= entry->last_step)
			continue;
		if (step >= middle - SIGNIN_WINDOW &&
		    step <= middle + SIGNIN_WINDOW &&
		    has_code(device, step, digits->bytes, digits->len))
			return true;
		if (has_code(device, step, digits->bytes, half) &&
		    has_code(device, step + 1, digits->bytes + half, half))
			return true;
	}
	return false;
}

static bool
code_is_right(const struct fuzzbed *bed, struct truth *truth,
    const struct secret *digits)
{
	const struct device *device;
	struct ledger_device *entry;
	size_t i;

	for (i = 0; i < truth->devices.count; i++) {
		device = truth->devices.devices[i];
		entry = ledger_find(&truth->record, device->id);
		if (device_has_codes(device) && entry != NULL &&
		    device_is_right(bed, device, entry, digits))
			return true;
	}
	return false;
}

static bool
longcode_is_right(const struct fuzzbed *bed, const struct store *store,
    const struct truth *truth, const struct secret *code)
{
	const struct mfa_context ctx = { .store = store, .world = &bed->world };
	const struct recovery_set *set = &truth->devices.recovery;
	const struct ledger_pass *grant = &truth->record.grant;
	struct mfa_error err;
	struct secret hash;
	size_t i;

	must(longcode_hash(&ctx, &FUZZBED_ALICE, LONGCODE_GRANT, code, &hash,
	    &err) == MFA_OK);
	if (grant->uses > 0 && bed->now < grant->expires &&
	    bed->now >= grant->since && longcode_is_hash(&hash, grant->hash))
		return true;
	must(longcode_hash(&ctx, &FUZZBED_ALICE, LONGCODE_RECOVERY, code,
	    &hash, &err) == MFA_OK);
	for (i = 0; i < set->count; i++) {
		if (!longcode_is_hash(&hash, set->hashes[i]))
			continue;
		return set->number > truth->record.recovery_set ||
		    (set->number == truth->record.recovery_set &&
		    !(truth->record.recovery_used & 1u << i));
	}
	return false;
}

static bool
answer_is_right(const struct fuzzbed *bed, const struct store *store,
    struct truth *truth, const struct part *answer)
{
	struct secret secret;

	if (!truth->has_ledger)
		return false;
	if (longcode_parse(answer->at, answer->len, &secret))
		return longcode_is_right(bed, store, truth, &secret);
	return text_parse_code(answer->at, answer->len, &secret) &&
	    code_is_right(bed, truth, &secret);
}

/* Who has no device is let in where the module's line says so. */
static bool
may_be_unasked(const struct truth *truth, const struct attempt *attempt)
{
	const struct part *user = &attempt->fields[0];

	if (truth->has_policy)
		return true;
	if (part_is(user, "alice") ? !truth->is_unenrolled
	    : !part_is(user, "bob") && !part_is(user, "daemon") &&
	    !part_is(user, "root"))
		return false;
	return part_is(&attempt->fields[4], "allow") ||
	    attempt->fields[5].len > 0;
}

/* Sign-ins */

static void
read_attempt(struct part part, struct attempt *ret)
{
	struct part line;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	(void)part_take_until(&part, '\n', &line);
	for (i = 0; i < FIELDS && part_take_until(&line, '\t',
	    &ret->fields[i]); i++)
		continue;
	while (ret->answer_count < ANSWERS_MAX && part_take_until(&part, '\n',
	    &ret->answers[ret->answer_count]))
		ret->answer_count++;
}

static void
send_attempt(const struct attempt *attempt)
{
	static const enum wire_type types[FIELDS] = { WIRE_USER, WIRE_SERVICE,
		WIRE_RHOST, WIRE_TTY, WIRE_UNENROLLED, WIRE_ENROLL_BY };
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (attempt->fields[i].len > 0)
			connection_send_frame(&c, (uint8_t)types[i],
			    attempt->fields[i].at, attempt->fields[i].len);
		else if (types[i] == WIRE_UNENROLLED)
			connection_send_frame(&c, (uint8_t)types[i],
			    (const uint8_t *)"deny", 4);
	}
	connection_send_frame(&c, WIRE_SIGN_IN, NULL, 0);
	for (i = 0; i < attempt->answer_count; i++)
		connection_send_frame(&c, WIRE_ANSWER, attempt->answers[i].at,
		    attempt->answers[i].len);
}

static struct result
run_attempt(struct fuzzbed *bed, const struct attempt *attempt)
{
	struct result result = { false, 0 };
	size_t i;

	connection_open(&c);
	send_attempt(attempt);
	connection_serve(&c, bed, 0);
	for (i = 0; i < c.count; i++) {
		const struct wire_frame *frame = &c.frames[i];

		if (frame->type == WIRE_PROMPT ||
		    frame->type == WIRE_PROMPT_OPTIONAL)
			result.prompts++;
		else if (frame->type == WIRE_OUTCOME)
			result.success =
			    strcmp(frame->payload, "Success") == 0;
	}
	connection_clear(&c);
	must(result.prompts <= WIRE_PROMPTS_MAX);
	return result;
}

/* True where they were let in. */
static bool
sign_in(struct fuzzbed *bed, const struct store *store, struct truth *truth,
    const struct attempt *attempt)
{
	const struct part *answer;
	struct result result;

	find_truth(store, truth);
	result = run_attempt(bed, attempt);
	if (!result.success)
		return false;
	if (result.prompts == 0) {
		must(may_be_unasked(truth, attempt));
		return true;
	}
	/* Who is unknown, or has nothing, gives no right answer. */
	must(part_is(&attempt->fields[0], "alice"));
	must(result.prompts <= attempt->answer_count);
	answer = &attempt->answers[result.prompts - 1];
	must(answer_is_right(bed, store, truth, answer));
	/* What is right now is right for one sign-in; a grant may be for more. */
	if (truth->record.grant.uses > 1)
		return true;
	find_truth(store, truth);
	must(!answer_is_right(bed, store, truth, answer));
	result = run_attempt(bed, attempt);
	must(!result.success || result.prompts == 0 ||
	    &attempt->answers[result.prompts - 1] != answer);
	return true;
}

static bool
run_all(struct fuzzbed *bed, const struct store *store, struct truth *truth,
    struct part *in)
{
	struct attempt attempt;
	struct part part;
	char number[16];
	bool accepted = false;
	uint64_t seconds;
	int i;

	for (i = 0; i < SIGNINS_MAX && part_take(in, &part); i++) {
		if (part.len > 1 && part.len < sizeof(number) &&
		    part.at[0] == '+') {
			memcpy(number, part.at + 1, part.len - 1);
			number[part.len - 1] = '\0';
			if (text_parse_u64(number, &seconds) &&
			    seconds < UINT32_MAX)
				bed->now += (int64_t)seconds;
			continue;
		}
		read_attempt(part, &attempt);
		accepted = sign_in(bed, store, truth, &attempt);
	}
	return accepted;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzzbed *bed = fuzzbed();
	struct part in = { data, len };
	static struct store *store;
	static struct truth truth;

	fuzz_accepted = false;
	/* Settings and policy are read from root's files alone. */
	if ((fuzz_skipped = geteuid() != 0) || len > sizeof(c.octets) / 2)
		return 0;
	if (store == NULL)
		store = fuzzbed_store(bed);
	if (prepare(bed, store, &in, &truth))
		fuzz_accepted = run_all(bed, store, &truth, &in);
	device_list_clear(&truth.devices);
	return 0;
}
