/* The condition keys of a question to the policy, with their texts. */
#ifndef MFA_ACCESS_KEYS_H
#define MFA_ACCESS_KEYS_H

#include <arpa/inet.h>
#include <stddef.h>

#include "base/text.h"
#include "base/world.h"
#include "mfa/access.h"
#include "policy/policy.h"

#define ACCESS_KEYS_MAX		16
#define ACCESS_NUMBER_SIZE	24

struct access_keys {
	size_t			count;
	struct policy_key	keys[ACCESS_KEYS_MAX];
	const char		*values[ACCESS_KEYS_MAX];
	char			uid[ACCESS_NUMBER_SIZE];
	char			age[ACCESS_NUMBER_SIZE];
	char			epoch[ACCESS_NUMBER_SIZE];
	char			time[TEXT_TIME_SIZE];
	char			devices[ACCESS_NUMBER_SIZE];
	char			source[INET6_ADDRSTRLEN];
	char			(*groups)[GROUP_NAME_SIZE];
	const char		**group_names;
};

/*
 * The keys of ACCESS and MFA. KEYS borrows from both, and is cleared by the
 * caller, after an error too. The groups are looked up where the policy names
 * pam:Groups, or where WITH_GROUPS.
 *  MFA_SERVICE_FAILURE  the groups, or the time, can't be asked for
 */
enum mfa_code	access_keys_set(struct access_keys *keys,
		    const struct access *access, const struct access_mfa *mfa,
		    bool with_groups, struct mfa_error *err) _must_check_;
void		access_keys_clear(struct access_keys *keys);

#endif
