/*
 * Linux' /dev/hidraw* nodes.
 */
#ifndef KEY_HIDRAW_H
#define KEY_HIDRAW_H

#include <stddef.h>
#include <stdint.h>

#include "key/node.h"

extern const struct node_source hidraw_source;

/*
 * Is this report descriptor (HID 1.11, 6.2.2) that of a FIDO key: does it have
 * an application collection of usage page 0xF1D0, usage 1 (CTAP 2.1, 11.2.8.2)?
 * A descriptor that is cut short or has long items is not.
 */
bool	hidraw_is_fido(const uint8_t *descriptor, size_t len);

#endif
