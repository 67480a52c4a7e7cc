/* The recovery codes in a device file: a setting that may be absent. */
#ifndef STORE_DEVRECOVERY_H
#define STORE_DEVRECOVERY_H

#include <stdio.h>

#include <libconfig.h>

#include "base/error.h"
#include "store/device.h"
#include "store/devgroup.h"

/* Last in a table of a file's fields, and counted where it is there. */
#define DEVRECOVERY_FIELD	{ "recovery", CONFIG_TYPE_GROUP }

/*
 * The codes of the file with ROOT, which devgroup_check() has seen, into LIST,
 * which has the file's devices.
 *  MFA_SERVICE_FAILURE  not what devrecovery_write() writes, or no device
 *                       beside them; the detail names line and setting
 */
enum mfa_code	devrecovery_read(const config_setting_t *root,
		    struct device_list *list, struct mfa_error *err)
		    _must_check_;

/* Writes the setting, where there are codes and a device. */
void		devrecovery_write(FILE *out, const struct device_list *list);

#endif
