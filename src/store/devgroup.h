/*
 * A group of settings of a device file: which settings it has, strictly, and
 * what is in them. Whatever is refused is MFA_SERVICE_FAILURE, and the detail
 * names line and setting.
 */
#ifndef STORE_DEVGROUP_H
#define STORE_DEVGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libconfig.h>

#include "base/error.h"

struct devfield {
	const char	*name;
	int		type;		/* CONFIG_TYPE_... */
};

/* Fills ERR with "line LINE: WHAT WHICH", and returns its code. */
enum mfa_code	devgroup_refuse(struct mfa_error *err, unsigned line,
		    const char *what, const char *which);

/* Has GROUP exactly these COUNT FIELDS, each of its type? */
enum mfa_code	devgroup_check(const config_setting_t *group,
		    const struct devfield *fields, size_t count,
		    struct mfa_error *err) _must_check_;

/* The setting NAME, or NULL; of what is no group too. */
config_setting_t *devgroup_find(const config_setting_t *group,
		    const char *name);

/*
 * The value of a setting that devgroup_check() has seen. The text belongs to
 * the group; devgroup_copy() and the numbers, which are text too, are false
 * where it does not fit SIZE with its NUL, or is no number of that kind.
 */
const char	*devgroup_text(const config_setting_t *group, const char *name);
int		devgroup_int(const config_setting_t *group, const char *name);
bool		devgroup_bool(const config_setting_t *group, const char *name);
bool		devgroup_copy(const config_setting_t *group, const char *name,
		    char *ret, size_t size) _must_check_;
bool		devgroup_i64(const config_setting_t *group, const char *name,
		    int64_t *ret) _must_check_;
bool		devgroup_u64(const config_setting_t *group, const char *name,
		    uint64_t *ret) _must_check_;

/* Writes a device's setting as a line of its own. */
void		devgroup_write(FILE *out, const char *name, const char *text);
void		devgroup_write_i64(FILE *out, const char *name, int64_t number);

#endif
