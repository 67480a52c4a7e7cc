/* Tags as JSON: [{"Key": ..., "Value": ...}, ...] */
#ifndef ENDPOINT_TAGS_H
#define ENDPOINT_TAGS_H

#include <jansson.h>

#include "store/device.h"

/*
 * Sets every tag of the array on DEVICE.
 *  MFA_INVALID_INPUT   not such an array, or outside the patterns
 *  MFA_LIMIT_EXCEEDED  more than 50
 */
enum mfa_code	tags_set(struct device *device, const json_t *tags,
		    struct mfa_error *err) _must_check_;

#endif
