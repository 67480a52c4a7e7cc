/* What the endpoint says and asks before it answers an operation. */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include <stdint.h>

#include "cli/cli.h"
#include "wire/frame.h"

#define TALK_MESSAGES_MAX	64	/* of one operation, and waits */

/*
 * Receives frames on cli->client until DEADLINE (wire_now() terms), or longer
 * where the endpoint says so. Messages are shown, prompts asked on the terminal
 * and answered; the first other frame is the caller's. RET_FRAME must be clear
 * ({0}).
 *  MFA_REQUEST_ABORTED      the person gave up, or there is no terminal to ask
 *                           on; the conversation can't go on
 *  MFA_ACCESS_DENIED        the same, of a caller who is not root
 *  MFA_SERVICE_UNAVAILABLE  the endpoint hung up, or the time passed
 *  MFA_SERVICE_FAILURE      a breach of the protocol
 */
enum mfa_code	talk_receive(struct cli *cli, int64_t deadline,
		    struct wire_frame *ret_frame, struct mfa_error *err)
		    _must_check_;

#endif
