#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mfa/access_keys.h"

void
access_keys_clear(struct access_keys *keys)
{
	free(keys->groups);
	free(keys->group_names);
	*keys = (struct access_keys){ 0 };
}

/* An empty text, and NULL, is no value: the key is absent then. */
static void
add(struct access_keys *keys, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	keys->values[keys->count] = value;
	keys->keys[keys->count] = (struct policy_key){ .name = name,
		.count = 1,
		.values = &keys->values[keys->count] };
	keys->count++;
}

static void
add_number(struct access_keys *keys, const char *name, int64_t number,
    char text[static ACCESS_NUMBER_SIZE])
{
	(void)snprintf(text, ACCESS_NUMBER_SIZE, "%" PRId64, number);
	add(keys, name, text);
}

/*
 * An address in one form, whoever wrote it: no zone, and no IPv4 in IPv6. A
 * name, or anything else, is no address, and is never looked up.
 */
static void
add_source(struct access_keys *keys, const char *rhost)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;
	size_t len;

	if (rhost == NULL)
		return;
	len = strcspn(rhost, "%");
	if (len >= sizeof(text))
		return;
	memcpy(text, rhost, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, &v6) == 1) {
		/* Only there does a zone mean something. */
		memcpy(&v4, &v6.s6_addr[12], sizeof(v4));
		if (!IN6_IS_ADDR_V4MAPPED(&v6))
			(void)inet_ntop(AF_INET6, &v6, keys->source,
			    sizeof(keys->source));
		else
			(void)inet_ntop(AF_INET, &v4, keys->source,
			    sizeof(keys->source));
	} else if (rhost[len] == '\0' && inet_pton(AF_INET, text, &v4) == 1) {
		(void)inet_ntop(AF_INET, &v4, keys->source,
		    sizeof(keys->source));
	}
	add(keys, "aws:SourceIp", keys->source);
}

static enum mfa_code
add_time(struct access_keys *keys, const struct world *world,
    struct mfa_error *err)
{
	int64_t now = world->now(world->ctx);
	time_t seconds = (time_t)now;
	struct tm tm;

	/* What is allowed until some time is not allowed in no time at all. */
	if (now < 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(keys->time, sizeof(keys->time), "%Y-%m-%dT%H:%M:%SZ",
		&tm) == 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	add(keys, "aws:CurrentTime", keys->time);
	add_number(keys, "aws:EpochTime", now, keys->epoch);
	return MFA_OK;
}

static enum mfa_code
add_groups(struct access_keys *keys, const struct access *access,
    struct mfa_error *err)
{
	const struct world *world = access->world;
	enum mfa_code code;
	size_t i, count;

	keys->groups = calloc(GROUPS_MAX, sizeof(*keys->groups));
	keys->group_names = calloc(GROUPS_MAX, sizeof(*keys->group_names));
	if (keys->groups == NULL || keys->group_names == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the groups");
	code = world->find_groups(world->ctx, access->user->name, keys->groups,
	    &count, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < count; i++)
		keys->group_names[i] = keys->groups[i];
	keys->keys[keys->count++] = (struct policy_key) {
		.name = "pam:Groups",
		.count = count,
		.values = keys->group_names,
	};
	return MFA_OK;
}

static void
add_mfa(struct access_keys *keys, const struct access_mfa *mfa)
{
	if (!mfa->present)
		return;
	add(keys, "aws:MultiFactorAuthPresent", "true");
	add_number(keys, "aws:MultiFactorAuthAge", mfa->age, keys->age);
	add(keys, "pam:MfaDeviceType", proof_kind_name(mfa->kind));
}

static void
add_place(struct access_keys *keys, const struct access *access)
{
	const char *tty = access->tty;

	if (tty != NULL && strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	add(keys, "pam:Service", access->service);
	add(keys, "pam:Tty", tty);
	add_source(keys, access->rhost);
	if (access->remote_known)
		add(keys, "pam:SessionRemote",
		    access->remote ? "true" : "false");
	add_number(keys, "pam:MfaDeviceCount", (int64_t)access->device_count,
	    keys->devices);
}

enum mfa_code
access_keys_set(struct access_keys *keys, const struct access *access,
    const struct access_mfa *mfa, bool with_groups, struct mfa_error *err)
{
	enum mfa_code code;

	if ((code = add_time(keys, access->world, err)) != MFA_OK)
		return code;
	add_mfa(keys, mfa);
	add_place(keys, access);
	if (access->user == NULL)
		return MFA_OK;
	add(keys, "aws:username", access->user->name);
	add_number(keys, "aws:userid", (int64_t)access->user->uid, keys->uid);
	if (with_groups || policy_has_key(access->policy, "pam:Groups"))
		return add_groups(keys, access, err);
	return MFA_OK;
}
