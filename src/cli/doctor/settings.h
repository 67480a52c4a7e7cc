/*
 * What doctor has to know of awsmfa.conf. The endpoint reads the file, and
 * says whether it is valid; this looks settings up in one that is.
 */
#ifndef CLI_DOCTOR_SETTINGS_H
#define CLI_DOCTOR_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_NAMES	16	/* in a list */
#define SETTINGS_SIZE	65	/* of a name, with its NUL */

struct settings_list {
	size_t	count;
	char	names[SETTINGS_NAMES][SETTINGS_SIZE];
};

struct settings {
	struct settings_list account_services;
	struct settings_list ssh_verified_keys;
	struct settings_list password_services;
	struct settings_list single_factor_ok;
	bool		uv_required;	/* user_verification */
	unsigned	key_timeout;	/* seconds */
};

/* Of the file's TEXT, which it changes; defaults of what is not there. */
void	settings_read(char *text, struct settings *ret);

bool	settings_list_has(const struct settings_list *list, const char *name);

#endif
