#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mfa/longcode.h"
#include "mfa/notice.h"
#include "mfa/pass.h"
#include "mfa/recover.h"
#include "mfa/signin.h"
#include "mfa/spent.h"
#include "mfa/throttle.h"
#include "otp/totp.h"
#include "store/device.h"

#define BEHIND_MAX 2

struct signin {
	const struct mfa_context *ctx;
	enum ledger_door door;
	char origin[LEDGER_FROM_SIZE];
	struct host_user user;
	struct device_list devices;
	struct mfa_error barred; /* MFA_OK: nothing bars it */
};

/* An answer, and the device and step it turned out to be of. */
struct attempt {
	struct secret code1;
	struct secret code2; /* len 0: there is only one */
	/* Of each device: where it has codes, and the step of the answer. */
	struct ledger_device *entries[DEVICES_MAX];
	int64_t steps[DEVICES_MAX]; /* or STEP_NONE */
	struct ledger_device *entry; /* NULL: none matched */
	const struct device *device;
	int64_t step;
	int64_t present; /* step of the clock, no drift */
	bool used; /* right, and spent before */
	int64_t ahead; /* epoch: of a code that is later than the clock, or 0 */
	struct mfa_error failed; /* a device could not be tried */
};

static void
attempt_wipe(struct attempt *attempt)
{
	explicit_bzero(attempt, sizeof(*attempt));
}

void
signin_freep(struct signin **signin)
{
	if (*signin == NULL)
		return;
	device_list_clear(&(*signin)->devices);
	free(*signin);
	*signin = NULL;
}

static enum mfa_code
look_up(struct signin *signin, const char *user, struct mfa_error *err)
{
	const struct mfa_context *ctx = signin->ctx;
	enum mfa_code code;

	/* Only IAM's names can have a device; the host may have others. */
	if (!text_is_tag_key(user))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "not a user name");
	code = ctx->world->find_user(ctx->world->ctx, user, &signin->user, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, code, 0, "user unknown");
	if (code != MFA_OK)
		return code;
	return store_load(ctx->store, &signin->user, &signin->devices, err);
}

enum mfa_code
signin_begin(const struct mfa_context *ctx, const char *user,
    enum ledger_door door, struct signin **ret, struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;

	if ((signin = calloc(1, sizeof(*signin))) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "a sign-in");
	signin->ctx = ctx;
	signin->door = door;
	(void)look_up(signin, user, &signin->barred);
	*ret = steal(&signin);
	return MFA_OK;
}

void
signin_set_origin(struct signin *signin, const char *address)
{
	text_sanitise(signin->origin, sizeof(signin->origin),
	    address != NULL ? address : "");
}

const struct host_user *
signin_user(const struct signin *signin)
{
	return signin->user.name[0] != '\0' ? &signin->user : NULL;
}

const struct device_list *
signin_devices(const struct signin *signin)
{
	return &signin->devices;
}

enum mfa_code
signin_get_bar(const struct signin *signin, struct mfa_error *err)
{
	if (signin->barred.code != MFA_OK)
		*err = signin->barred;
	return signin->barred.code;
}

bool
signin_is_unenrolled(const struct signin *signin)
{
	return signin->barred.code == MFA_NOT_ENROLLED;
}

bool
signin_asks_for_code(const struct signin *signin)
{
	return signin->barred.code != MFA_OK ||
	    device_list_count_codes(&signin->devices) > 0;
}

bool
signin_has_keys(const struct signin *signin)
{
	return device_list_count_ctap_keys(&signin->devices) > 0;
}

bool
signin_has_ssh_keys(const struct signin *signin)
{
	return device_list_count_ssh_keys(&signin->devices) > 0;
}

bool
signin_can_recover(const struct signin *signin)
{
	struct recover_status status;
	struct mfa_error ignored;

	if (signin->barred.code != MFA_OK &&
	    signin->barred.code != MFA_NOT_ENROLLED)
		return false;
	return recover_get_status(signin->ctx, &signin->user, &status,
		   &ignored) == MFA_OK &&
	    (status.codes_left > 0 || status.grant_open);
}

enum mfa_code
signin_tap(struct signin *signin, const struct key_driver *driver,
    const struct person *person, struct proof *ret_proof,
    char ret_said[static TAP_SAID_SIZE], struct mfa_error *err)
{
	return tap_verify(signin->ctx, &signin->user, &signin->devices, driver,
	    person, ret_proof, ret_said, err);
}

static bool
has_digits(const struct device_list *devices, size_t digits)
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (device_has_codes(devices->devices[i]) &&
		    devices->devices[i]->otp.digits == digits)
			return true;
	}
	return false;
}

/* Splits DIGITS into one code or two; false where it can be neither. */
static bool
split(const struct device_list *devices, const struct secret *digits,
    struct attempt *attempt)
{
	size_t half = digits->len / 2;

	if (has_digits(devices, digits->len))
		return secret_set(&attempt->code1, digits->bytes, digits->len);
	return digits->len % 2 == 0 && has_digits(devices, half) &&
	    secret_set(&attempt->code1, digits->bytes, half) &&
	    secret_set(&attempt->code2, digits->bytes + half, half);
}

static enum mfa_code
match(const struct device *device, int64_t middle,
    const struct attempt *attempt, int64_t *ret_step, struct mfa_error *err)
{
	enum mfa_code code;
	int64_t step;

	if (attempt->code2.len == 0)
		return totp_match(&device->otp, &device->seed,
		    middle - SIGNIN_WINDOW, middle + SIGNIN_WINDOW,
		    &attempt->code1, ret_step, err);
	code = totp_match_pair(&device->otp, &device->seed,
	    middle - SIGNIN_RESYNC_WINDOW, middle + SIGNIN_RESYNC_WINDOW - 1,
	    &attempt->code1, &attempt->code2, &step, err);
	if (code == MFA_OK) /* spent is the later step of the two */
		*ret_step = step + (step != STEP_NONE);
	return code;
}

/* Looks for the answer in every device, whatever is found in any of them. */
static void
compare(struct signin *signin, struct ledger_record *record, int64_t now,
    struct attempt *attempt)
{
	const struct device *device;
	struct ledger_device *entry;
	size_t i;

	for (i = 0; i < signin->devices.count; i++) {
		device = signin->devices.devices[i];
		attempt->steps[i] = STEP_NONE;
		if (!device_has_codes(device) ||
		    ledger_find_enrolled(record, &signin->user, device, &entry,
			&attempt->failed) != MFA_OK)
			continue;
		attempt->entries[i] = entry;
		(void)match(device, totp_step(&device->otp, now) + entry->drift,
		    attempt, &attempt->steps[i], &attempt->failed);
	}
}

/* A pair whose first code was spent before is as good as spent. */
static bool
is_spent(const struct ledger_device *entry, const struct attempt *attempt,
    int64_t step, int64_t middle)
{
	return attempt->code2.len > 0 ? spent_has_pair(entry, step, middle)
				      : spent_has(entry, step);
}

/* The clock that spent it was wrong, or is now: who reads the log is told. */
static void
note_used(struct attempt *attempt, const struct ledger_device *entry,
    const struct device *device, int64_t middle)
{
	int64_t period = device->otp.period;

	attempt->used = true;
	if (spent_is_ahead(entry->last_step, middle) &&
	    entry->last_step <= INT64_MAX / period)
		attempt->ahead = entry->last_step * period;
}

/* Only now what is right decides: the first that is, and is unspent. */
static void
choose(const struct signin *signin, int64_t now, struct attempt *attempt)
{
	const struct device *device;
	struct ledger_device *entry;
	int64_t present, middle;
	size_t i;

	for (i = 0; i < signin->devices.count; i++) {
		if (attempt->steps[i] == STEP_NONE)
			continue;
		device = signin->devices.devices[i];
		entry = attempt->entries[i];
		present = totp_step(&device->otp, now);
		middle = present + entry->drift;
		if (is_spent(entry, attempt, attempt->steps[i], middle)) {
			note_used(attempt, entry, device, middle);
		} else if (attempt->entry == NULL) {
			attempt->entry = entry;
			attempt->device = device;
			attempt->step = attempt->steps[i];
			attempt->present = present;
		}
	}
}

/*
 * A code that is newer than thought moves the drift at once. One that is older
 * may just have been typed late, which is no drift: that takes BEHIND_MAX.
 */
static void
learn_drift(const struct attempt *attempt)
{
	struct ledger_device *entry = attempt->entry;
	int64_t offset = attempt->step - attempt->present;

	if (attempt->code2.len > 0) {
		entry->drift = totp_drift(attempt->present, attempt->step);
	} else if (offset >= entry->drift) {
		entry->drift = (int32_t)offset;
	} else if (++entry->behind < BEHIND_MAX) {
		return;
	} else {
		entry->drift--;
	}
	entry->behind = 0;
}

static enum mfa_code
accept(struct ledger *ledger, const struct attempt *attempt, int64_t now,
    struct proof *ret_proof, struct mfa_error *err)
{
	enum mfa_code code;

	if (attempt->code2.len > 0)
		spent_add_pair(attempt->entry, attempt->step);
	else
		spent_add(attempt->entry, attempt->step);
	learn_drift(attempt);
	attempt->entry->last_used = now;
	pass_see(ledger_record(ledger), now);
	if ((code = ledger_commit(ledger, err)) != MFA_OK)
		return code;
	*ret_proof = proof_of_device(attempt->device);
	return MFA_OK;
}

static enum mfa_code
refuse_used(const struct attempt *attempt, struct mfa_error *err)
{
	char until[TEXT_TIME_SIZE];

	if (attempt->ahead == 0)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "code already used");
	text_time(attempt->ahead, until);
	return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
	    "code already used, by a clock that was wrong: the last one was of "
	    "%s; type two codes in a row, or awsmfa resync-mfa-device",
	    until);
}

/* What was not right counts as a guess, also where a device failed. */
static enum mfa_code
refuse(struct signin *signin, struct ledger *ledger,
    const struct attempt *attempt, int64_t now, struct mfa_error *err)
{
	enum mfa_code code;

	/* A spent code is no guess: counting it would only bar its owner. */
	if (attempt->used)
		return refuse_used(attempt, err);
	throttle_count(&ledger_record(ledger)->doors[signin->door], now,
	    device_list_count_codes(&signin->devices));
	notice_count(ledger_record(ledger), signin->door, signin->origin);
	pass_see(ledger_record(ledger), now);
	if ((code = ledger_commit(ledger, err)) != MFA_OK)
		return code;
	if (attempt->failed.code != MFA_OK) {
		*err = attempt->failed;
		return err->code;
	}
	return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
	    "wrong code");
}

static enum mfa_code
check_throttle(const struct signin *signin, struct ledger *ledger, int64_t now,
    struct mfa_error *err)
{
	struct ledger_throttle *throttle;
	enum mfa_code code;
	bool cut;

	throttle = &ledger_record(ledger)->doors[signin->door];
	cut = throttle_cut(throttle, now,
	    device_list_count_codes(&signin->devices));
	if (cut) {
		/* What was cut ends after now: this attempt is denied. */
		notice_count(ledger_record(ledger), signin->door,
		    signin->origin);
		if ((code = ledger_commit(ledger, err)) != MFA_OK)
			return code;
	}
	return throttle_check(throttle, now, err);
}

static enum mfa_code
verify(struct signin *signin, struct attempt *attempt,
    struct proof *ret_proof, struct mfa_error *err)
{
	const struct mfa_context *ctx = signin->ctx;
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct ledger_record *record;
	enum mfa_code code;
	int64_t now;

	code = ledger_open_enrolled(ctx->store, &signin->user, &ledger, err);
	if (code != MFA_OK)
		return code;
	record = ledger_record(ledger);
	now = ctx->world->now(ctx->world->ctx);
	if (now < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	if ((code = check_throttle(signin, ledger, now, err)) != MFA_OK)
		return code;
	compare(signin, record, now, attempt);
	choose(signin, now, attempt);
	if (attempt->entry != NULL)
		return accept(ledger, attempt, now, ret_proof, err);
	return refuse(signin, ledger, attempt, now, err);
}

/* Whatever bars a user but the want of a device bars a grant too. */
static enum mfa_code
verify_long(struct signin *signin, const struct secret *code,
    struct proof *ret_proof, struct mfa_error *err)
{
	struct recover_try attempt = {
		.user = &signin->user,
		.devices = &signin->devices,
		.door = signin->door,
		.origin = signin->origin,
	};

	if (signin->barred.code != MFA_OK &&
	    signin->barred.code != MFA_NOT_ENROLLED) {
		*err = signin->barred;
		return err->code;
	}
	return recover_verify(signin->ctx, &attempt, code, ret_proof, err);
}

enum mfa_code
signin_verify(struct signin *signin, const void *answer, size_t len,
    struct proof *ret_proof, struct mfa_error *err)
{
	_cleanup_(attempt_wipe) struct attempt attempt = { 0 };
	_cleanup_(secret_wipe) struct secret digits = { 0 };
	_cleanup_(secret_wipe) struct secret code = { 0 };

	if (longcode_parse(answer, len, &code))
		return verify_long(signin, &code, ret_proof, err);
	if (signin->barred.code != MFA_OK) {
		*err = signin->barred;
		return err->code;
	}
	if (device_list_count_codes(&signin->devices) == 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "only security keys, and none can be asked for here");
	if (!text_parse_code(answer, len, &digits) ||
	    !split(&signin->devices, &digits, &attempt))
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "not a code");
	return verify(signin, &attempt, ret_proof, err);
}
