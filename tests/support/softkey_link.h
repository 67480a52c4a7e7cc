/*
 * Where the reports go: a descriptor, a device, or a pty in the place of a
 * hidraw node. A host's write to hidraw has the report's number, 0, before the
 * 64 octets; it is taken off.
 */
#ifndef SUPPORT_SOFTKEY_LINK_H
#define SUPPORT_SOFTKEY_LINK_H

#include "support/softkey.h"

enum link_kind { LINK_FD, LINK_DEVICE, LINK_PTY };

struct softkey_link {
	enum link_kind	kind;
	int		fd;		/* -1: unplugged */
	int		slave;		/* of the pty, kept open */
	const char	*path;		/* the device; the name of the pty */
	bool		is_packets;	/* a report is one datagram */
	bool		is_bare;	/* a stream of 64 octets, not 65 */
	size_t		have;
	uint8_t		part[1 + SOFTKEY_REPORT_SIZE];
};

enum link_result { LINK_REPORT, LINK_NOTHING, LINK_GONE };

/* Plugs in: opens what is not open. False, with errno, where it can't. */
bool	link_plug(struct softkey_link *link) _must_check_;
void	link_unplug(struct softkey_link *link);

enum link_result link_read(struct softkey_link *link,
	    uint8_t ret[static SOFTKEY_REPORT_SIZE]);

/* A report that no one takes is lost, as on USB. */
void	link_write(struct softkey_link *link,
	    const uint8_t report[static SOFTKEY_REPORT_SIZE]);

/* Drops what no one has read: whoever opens hidraw sees what comes then. */
void	link_flush(struct softkey_link *link);

#endif
