// SPDX-License-Identifier: GPL-2.0
/*
 * An example of a congestion control module: additive increase, multiplicative
 * decrease, both of them parameters of the module.
 *
 *	make example
 *	insmod twin.ko
 *	insmod examples/congestion/twin_aimd.ko decrease=80
 *	sysctl net.twin.tcp_congestion_control=aimd
 */
#include <linux/module.h>
#include <twin/congestion.h>

static unsigned int increase = 1;
module_param(increase, uint, 0644);
MODULE_PARM_DESC(increase, "segments that the window grows by in a round trip");

static unsigned int decrease = 50;
module_param(decrease, uint, 0644);
MODULE_PARM_DESC(decrease, "percent of the window that are left after a loss");

/*
 * struct twin_aimd - what it knows of a connection
 * @losses: how often the window was reduced
 */
struct twin_aimd {
	u32 losses;
};

static struct twin_aimd *twin_aimd_of(struct twin_tcp_sock *tp)
{
	return TWIN_TCP_CONG_PRIVATE_OF(struct twin_aimd, tp);
}

/* The window after a loss or a congestion mark. */
static u32 twin_aimd_ssthresh(struct twin_tcp_sock *tp)
{
	u32 percent = min(READ_ONCE(decrease), 100U);

	twin_aimd_of(tp)->losses++;
	return max_t(u32, tp->cwnd * percent / 100, TWIN_TCP_CONG_CWND_MIN);
}

/* An ACK came, and nothing is wrong. */
static void twin_aimd_avoid(struct twin_tcp_sock *tp, u32 acked_segs,
			    const struct twin_tcp_rate *rate)
{
	u32 step = max(READ_ONCE(increase), 1U);

	if (!twin_tcp_cong_limited(tp))
		return;
	if (twin_tcp_in_slow_start(tp))
		acked_segs = twin_tcp_cong_slow_start(tp, acked_segs);
	if (acked_segs)
		twin_tcp_cong_additive(tp, max(tp->cwnd / step, 1U),
				       acked_segs);
}

static struct twin_tcp_cong_ops twin_aimd = {
	.name		= "aimd",
	.owner		= THIS_MODULE,
	.ssthresh	= twin_aimd_ssthresh,
	.avoid		= twin_aimd_avoid,
	.undo_cwnd	= twin_tcp_cong_undo,
};

static int __init twin_aimd_init(void)
{
	return twin_tcp_cong_register(&twin_aimd);
}

static void __exit twin_aimd_exit(void)
{
	twin_tcp_cong_unregister(&twin_aimd);
}

module_init(twin_aimd_init);
module_exit(twin_aimd_exit);
MODULE_DESCRIPTION("Twin: AIMD congestion control, an example");
MODULE_LICENSE("GPL");
