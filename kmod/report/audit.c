// SPDX-License-Identifier: GPL-2.0
#include "report/audit.h"

#include <linux/audit.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

/* A user who makes contexts in a loop does not drown what others do. */
static DEFINE_RATELIMIT_STATE(audit_rate, 5 * HZ, 200);

void mprox_audit(const char *what, u32 context, long result)
{
	struct audit_buffer *ab;

	if (!audit_enabled || !__ratelimit(&audit_rate))
		return;
	ab = audit_log_start(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "mutex_proxy op=%s context=%u", what, context);
	audit_log_task_info(ab);
	audit_log_format(ab, " res=%d", result >= 0);
	audit_log_end(ab);
}
