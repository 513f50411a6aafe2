// SPDX-License-Identifier: GPL-2.0
/*
 * setsockopt() and getsockopt() at level IPPROTO_TCP, as tcp(7) describes them.
 *
 * Numbers, ranges and errors are those of AF_INET.  What Twin does not have is
 * refused.
 */
#include <linux/sockptr.h>
#include <linux/uaccess.h>
#include <uapi/linux/inet_diag.h>
#include "tcp_cong.h"
#include "tcp_fastopen.h"
#include "tcp_option.h"
#include "tcp_record.h"

#define TWIN_TCP_USER_MSS_MAX		32767
#define TWIN_TCP_KEEP_SECONDS_MAX	32767
#define TWIN_TCP_PROBES_MAX		127
#define TWIN_TCP_LINGER2_MAX_SECONDS	120
#define TWIN_TCP_RTO_FIRST_SECONDS	(TWIN_TCP_RTO_INITIAL_US / USEC_PER_SEC)
#define TWIN_TCP_RTO_MOST_SECONDS	(TWIN_TCP_RTO_MAX_US / USEC_PER_SEC)

static bool twin_tcp_option_state(const struct sock *sk, int states)
{
	return (1 << sk->sk_state) & states;
}

static int twin_tcp_option_set_mss(struct twin_tcp_sock *tp, int bytes)
{
	if (bytes && (bytes < TWIN_TCP_USER_MSS_MIN ||
		      bytes > TWIN_TCP_USER_MSS_MAX))
		return -EINVAL;
	tp->user_mss = bytes;
	return 0;
}

static void twin_tcp_option_set_nodelay(struct twin_tcp_sock *tp, int on)
{
	if (!on) {
		tp->nonagle &= ~TWIN_TCP_NODELAY;
		return;
	}
	tp->nonagle |= TWIN_TCP_NODELAY;
	/* what is held back goes even if the socket is corked as well */
	twin_tcp_push_nagle(tp, tp->nonagle | TWIN_TCP_PUSH, GFP_ATOMIC);
}

static void twin_tcp_option_set_cork(struct twin_tcp_sock *tp, int on)
{
	if (on) {
		tp->nonagle |= TWIN_TCP_CORK;
		return;
	}
	tp->nonagle &= ~TWIN_TCP_CORK;
	twin_tcp_push(tp);
}

static int twin_tcp_option_set_keepidle(struct twin_tcp_sock *tp, int seconds)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 idle, elapsed;

	if (seconds < 1 || seconds > TWIN_TCP_KEEP_SECONDS_MAX)
		return -EINVAL;
	WRITE_ONCE(tp->keep_idle_seconds, seconds);
	if (!sock_flag(sk, SOCK_KEEPOPEN) ||
	    twin_tcp_option_state(sk, TCPF_CLOSE | TCPF_LISTEN))
		return 0;
	idle = twin_tcp_keepalive_idle(tp);
	elapsed = twin_tcp_jiffies() - tp->last_rcv_jiffies;
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE,
			   idle > elapsed ? idle - elapsed : 0);
	twin_tcp_note_timers_called(tp);
	return 0;
}

static int twin_tcp_option_set_keepintvl(struct twin_tcp_sock *tp, int seconds)
{
	if (seconds < 1 || seconds > TWIN_TCP_KEEP_SECONDS_MAX)
		return -EINVAL;
	WRITE_ONCE(tp->keep_intvl_seconds, seconds);
	return 0;
}

static int twin_tcp_option_set_probes(u8 *probes, int count)
{
	if (count < 1 || count > TWIN_TCP_PROBES_MAX)
		return -EINVAL;
	WRITE_ONCE(*probes, count);
	return 0;
}

static void twin_tcp_option_set_linger2(struct twin_tcp_sock *tp, int seconds)
{
	WRITE_ONCE(tp->linger2_seconds,
		   clamp(seconds, -1, TWIN_TCP_LINGER2_MAX_SECONDS));
}

/* After how many SYN+ACKs, each doubling the wait, have @seconds passed? */
static u8 twin_tcp_option_seconds_to_retrans(int seconds)
{
	int timeout = TWIN_TCP_RTO_FIRST_SECONDS;
	int passed = timeout;
	u8 retrans = 1;

	if (seconds <= 0)
		return 0;
	while (passed < seconds && retrans < U8_MAX) {
		timeout = min_t(int, timeout * 2, TWIN_TCP_RTO_MOST_SECONDS);
		passed += timeout;
		retrans++;
	}
	return retrans;
}

static int twin_tcp_option_retrans_to_seconds(u8 retrans)
{
	int timeout = TWIN_TCP_RTO_FIRST_SECONDS;
	int seconds = 0;

	for (; retrans; retrans--) {
		seconds += timeout;
		timeout = min_t(int, timeout * 2, TWIN_TCP_RTO_MOST_SECONDS);
	}
	return seconds;
}

static void twin_tcp_option_set_defer_accept(struct twin_tcp_sock *tp,
					     int seconds)
{
	u8 retrans = twin_tcp_option_seconds_to_retrans(seconds);

	tp->defer_accept_opt = retrans;
	if (twin_tcp_to_sk(tp)->sk_state == TCP_LISTEN)
		WRITE_ONCE(tp->listen->defer_accept, retrans);
}

static int twin_tcp_option_set_window_clamp(struct twin_tcp_sock *tp, int bytes)
{
	u32 old = tp->window_clamp;

	if (!bytes) {
		if (twin_tcp_to_sk(tp)->sk_state != TCP_CLOSE)
			return -EINVAL;
		tp->window_clamp = 0;
		return 0;
	}
	/* a negative number is a huge one, as for AF_INET before 6.11 */
	tp->window_clamp = max_t(u32, bytes, SOCK_MIN_RCVBUF / 2);
	if (tp->window_clamp < old)
		tp->rcv_ssthresh = min(tp->rcv_ssthresh, tp->window_clamp);
	else
		tp->rcv_ssthresh = max(tp->rcv_ssthresh,
				       min(tp->rcv_wnd, tp->window_clamp));
	return 0;
}

/* An even number other than 0 acknowledges once and is interactive again. */
static void twin_tcp_option_set_quickack(struct twin_tcp_sock *tp, int value)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	tp->quick_asked = !!value;
	if (!value) {
		tp->pingpong = 1;
		return;
	}
	twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
	if (!twin_tcp_option_state(sk, TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) ||
	    !(tp->ack_pending & TWIN_TCP_ACK_SCHED))
		return;
	twin_tcp_ack_send(tp);
	if (!(value & 1))
		tp->pingpong = 1;
}

static int twin_tcp_option_set_user_timeout(struct twin_tcp_sock *tp, int ms)
{
	if (ms < 0)
		return -EINVAL;
	WRITE_ONCE(tp->user_timeout_ms, ms);
	return 0;
}

static void twin_tcp_option_set_notsent_lowat(struct twin_tcp_sock *tp,
					      int bytes)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	WRITE_ONCE(tp->notsent_lowat, bytes);
	sk->sk_write_space(sk);
}

static int twin_tcp_option_set_inq(struct twin_tcp_sock *tp, int on)
{
	if (on < 0 || on > 1)
		return -EINVAL;
	assign_bit(TWIN_TCP_SOCK_INQ, &tp->ts.flags, on);
	return 0;
}

static int twin_tcp_option_set_thin(struct twin_tcp_sock *tp, int on)
{
	if (on < 0 || on > 1)
		return -EINVAL;
	tp->thin = on;
	return 0;
}

static int twin_tcp_option_set_fastopen(struct twin_tcp_sock *tp, int count)
{
	if (count < 0 || !twin_tcp_option_state(twin_tcp_to_sk(tp),
						TCPF_CLOSE | TCPF_LISTEN))
		return -EINVAL;
	return twin_tcp_fastopen_set_max(tp, count);
}

static int twin_tcp_option_set_fastopen_connect(struct twin_tcp_sock *tp,
						int on)
{
	if (on < 0 || on > 1)
		return -EINVAL;
	if (!(READ_ONCE(twin_tcp_net(tp)->conf.tcp_fastopen) &
	      TWIN_TCP_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (!twin_tcp_option_state(twin_tcp_to_sk(tp), TCPF_CLOSE))
		return -EINVAL;
	tp->fastopen_connect = on;
	return 0;
}

static int twin_tcp_option_set_fastopen_no_cookie(struct twin_tcp_sock *tp,
						  int on)
{
	if (on < 0 || on > 1 ||
	    !twin_tcp_option_state(twin_tcp_to_sk(tp),
				   TCPF_CLOSE | TCPF_LISTEN))
		return -EINVAL;
	tp->fastopen_no_cookie = on;
	return 0;
}

static int twin_tcp_option_set_fastopen_key(struct sock *sk, sockptr_t value,
					    unsigned int len)
{
	int err;

	lock_sock(sk);
	err = twin_tcp_fastopen_set_keys(twin_tcp(sk), value, len);
	release_sock(sk);
	return err;
}

static int twin_tcp_option_set_save_syn(struct twin_tcp_sock *tp, int how)
{
	if (how < 0 || how > 2)
		return -EINVAL;
	tp->save_syn = how;
	return 0;
}

/* Checkpoint and restore: the gate, TCP_REPAIR, never opens. */
static int twin_tcp_option_refuse_repair(const struct sock *sk, int option)
{
	switch (option) {
	case TCP_REPAIR_OPTIONS:
		return -EINVAL;
	case TCP_QUEUE_SEQ:
		return sk->sk_state == TCP_CLOSE ? -EINVAL : -EPERM;
	default:
		return -EPERM;
	}
}

static int twin_tcp_option_set_number(struct twin_tcp_sock *tp, int option,
				      int value)
{
	switch (option) {
	case TCP_NODELAY:
		twin_tcp_option_set_nodelay(tp, value);
		return 0;
	case TCP_CORK:
		twin_tcp_option_set_cork(tp, value);
		return 0;
	case TCP_LINGER2:
		twin_tcp_option_set_linger2(tp, value);
		return 0;
	case TCP_DEFER_ACCEPT:
		twin_tcp_option_set_defer_accept(tp, value);
		return 0;
	case TCP_QUICKACK:
		twin_tcp_option_set_quickack(tp, value);
		return 0;
	case TCP_NOTSENT_LOWAT:
		twin_tcp_option_set_notsent_lowat(tp, value);
		return 0;
	case TCP_MAXSEG:
		return twin_tcp_option_set_mss(tp, value);
	case TCP_KEEPIDLE:
		return twin_tcp_option_set_keepidle(tp, value);
	case TCP_KEEPINTVL:
		return twin_tcp_option_set_keepintvl(tp, value);
	case TCP_KEEPCNT:
		return twin_tcp_option_set_probes(&tp->keep_probes, value);
	case TCP_SYNCNT:
		return twin_tcp_option_set_probes(&tp->syn_retries, value);
	case TCP_WINDOW_CLAMP:
		return twin_tcp_option_set_window_clamp(tp, value);
	case TCP_USER_TIMEOUT:
		return twin_tcp_option_set_user_timeout(tp, value);
	case TCP_INQ:
		return twin_tcp_option_set_inq(tp, value);
	case TCP_THIN_LINEAR_TIMEOUTS:
		return twin_tcp_option_set_thin(tp, value);
	case TCP_THIN_DUPACK:
		/* RFC 8985 does better; AF_INET takes and forgets it too */
		return value < 0 || value > 1 ? -EINVAL : 0;
	case TCP_SAVE_SYN:
		return twin_tcp_option_set_save_syn(tp, value);
	case TCP_FASTOPEN:
		return twin_tcp_option_set_fastopen(tp, value);
	case TCP_FASTOPEN_CONNECT:
		return twin_tcp_option_set_fastopen_connect(tp, value);
	case TCP_FASTOPEN_NO_COOKIE:
		return twin_tcp_option_set_fastopen_no_cookie(tp, value);
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_QUEUE_SEQ:
	case TCP_TIMESTAMP:
		return twin_tcp_option_refuse_repair(twin_tcp_to_sk(tp),
						     option);
	default:
		return -ENOPROTOOPT;
	}
}

static int twin_tcp_option_set_congestion(struct sock *sk, sockptr_t value,
					  unsigned int len)
{
	char name[TWIN_TCP_CONG_NAME_BYTES];
	long copied;
	int err;

	if (len < 1)
		return -EINVAL;
	copied = strncpy_from_sockptr(name, value,
				      min_t(size_t, sizeof(name) - 1, len));
	if (copied < 0)
		return -EFAULT;
	name[copied] = 0;

	lock_sock(sk);
	err = twin_tcp_cong_set(twin_tcp(sk), name);
	release_sock(sk);
	return err;
}

/**
 * twin_tcp_setsockopt() - set an option at level IPPROTO_TCP
 * @sk: socket
 * @option: TCP_ number
 * @value: its new value
 * @len: length of that in bytes
 *
 * RFC: 9293 section 3.9.1
 * Context: Process; takes the socket lock.
 * Return: 0 or the errno that AF_INET gives: -EFAULT, -EINVAL, -ENOENT (no such
 * congestion control), -EPERM, -ENOMEM; -EOPNOTSUPP for TCP_FASTOPEN_CONNECT
 * where net.twin.tcp_fastopen does not allow it; -ENOPROTOOPT for what Twin does
 * not know or does not have.
 */
int twin_tcp_setsockopt(struct sock *sk, int option, sockptr_t value,
			unsigned int len)
{
	int number;
	int err;

	switch (option) {
	case TCP_CONGESTION:
		return twin_tcp_option_set_congestion(sk, value, len);
	case TCP_FASTOPEN_KEY:
		return twin_tcp_option_set_fastopen_key(sk, value, len);
	case TCP_ULP:
		return -ENOPROTOOPT;
	}
	if (len < sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;

	lock_sock(sk);
	err = twin_tcp_option_set_number(twin_tcp(sk), option, number);
	release_sock(sk);
	return err;
}

/**
 * twin_tcp_option_ip_changed() - IP_OPTIONS leaves more room for data, or less
 * @tp: connection, or a socket that is none yet or no longer
 *
 * What is under way and lost is cut to the new size when it is sent again.
 *
 * RFC: 9293 section 3.7.1
 * Context: Process, socket lock.
 */
void twin_tcp_option_ip_changed(struct twin_tcp_sock *tp)
{
	/* 0: there was no path yet; the first one will tell the size */
	if (tp->mtu_search.pmtu_bytes)
		twin_tcp_mss_sync(tp, tp->mtu_search.pmtu_bytes);
}

/* The socket's own value where it was set, else the namespace's. */
static int twin_tcp_option_or(u32 own, const int *common)
{
	return own ? own : READ_ONCE(*common);
}

static int twin_tcp_option_mss(const struct twin_tcp_sock *tp)
{
	if (tp->user_mss && twin_tcp_option_state(twin_tcp_to_sk(tp),
						  TCPF_CLOSE | TCPF_LISTEN))
		return tp->user_mss;
	return tp->mss_now;
}

/* What Twin does not have is off. */
static int twin_tcp_option_get_absent(int option, int *value)
{
	switch (option) {
	case TCP_THIN_DUPACK:
	case TCP_REPAIR:
	case TCP_IS_MPTCP:
		*value = 0;
		return 0;
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
		return -EINVAL;
	case TCP_REPAIR_WINDOW:
		return -EPERM;
	default:
		return -ENOPROTOOPT;
	}
}

/* How long, or how often, something is waited for. */
static int twin_tcp_option_get_patience(const struct twin_tcp_sock *tp,
					int option, int *value)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;

	switch (option) {
	case TCP_KEEPIDLE:
		*value = twin_tcp_keepalive_idle(tp) / HZ;
		return 0;
	case TCP_KEEPINTVL:
		*value = twin_tcp_option_or(READ_ONCE(tp->keep_intvl_seconds),
					    &conf->tcp_keepalive_intvl_seconds);
		return 0;
	case TCP_KEEPCNT:
		*value = twin_tcp_option_or(READ_ONCE(tp->keep_probes),
					    &conf->tcp_keepalive_probes);
		return 0;
	case TCP_SYNCNT:
		*value = twin_tcp_option_or(READ_ONCE(tp->syn_retries),
					    &conf->tcp_syn_retries);
		return 0;
	case TCP_LINGER2:
		*value = twin_tcp_fin_wait2_seconds(tp);
		return 0;
	case TCP_DEFER_ACCEPT:
		*value = twin_tcp_option_retrans_to_seconds(tp->defer_accept_opt);
		return 0;
	case TCP_USER_TIMEOUT:
		*value = READ_ONCE(tp->user_timeout_ms);
		return 0;
	default:
		return twin_tcp_option_get_absent(option, value);
	}
}

static int twin_tcp_option_get_number(const struct twin_tcp_sock *tp,
				      int option, int *value)
{
	switch (option) {
	case TCP_NODELAY:
		*value = !!(tp->nonagle & TWIN_TCP_NODELAY);
		return 0;
	case TCP_CORK:
		*value = !!(tp->nonagle & TWIN_TCP_CORK);
		return 0;
	case TCP_MAXSEG:
		*value = twin_tcp_option_mss(tp);
		return 0;
	case TCP_WINDOW_CLAMP:
		*value = tp->window_clamp;
		return 0;
	case TCP_QUICKACK:
		*value = !tp->pingpong;
		return 0;
	case TCP_NOTSENT_LOWAT:
		*value = READ_ONCE(tp->notsent_lowat);
		return 0;
	case TCP_INQ:
		*value = twin_tcp_option_inq(tp);
		return 0;
	case TCP_THIN_LINEAR_TIMEOUTS:
		*value = tp->thin;
		return 0;
	case TCP_SAVE_SYN:
		*value = tp->save_syn;
		return 0;
	case TCP_FASTOPEN:
		*value = tp->listen ? tp->listen->fastopen_max : 0;
		return 0;
	case TCP_FASTOPEN_CONNECT:
		*value = tp->fastopen_connect;
		return 0;
	case TCP_FASTOPEN_NO_COOKIE:
		*value = tp->fastopen_no_cookie;
		return 0;
	case TCP_TIMESTAMP:
		*value = twin_tcp_tsval_at(tp, twin_clock_us());
		return 0;
	default:
		return twin_tcp_option_get_patience(tp, option, value);
	}
}

/* Copies at most what the program has room for and tells how much. */
static int twin_tcp_option_give(char __user *value, int __user *len,
				const void *data, size_t bytes)
{
	int room;

	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min_t(size_t, room, bytes);
	if (put_user(room, len))
		return -EFAULT;
	return copy_to_user(value, data, room) ? -EFAULT : 0;
}

static int twin_tcp_option_give_congestion(struct sock *sk, char __user *value,
					   int __user *len)
{
	char name[TWIN_TCP_CONG_NAME_BYTES] = {};

	lock_sock(sk);
	strscpy(name, twin_tcp(sk)->cong->name, sizeof(name));
	release_sock(sk);
	return twin_tcp_option_give(value, len, name, sizeof(name));
}

static int twin_tcp_option_give_cc_info(struct sock *sk, char __user *value,
					int __user *len)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);
	union tcp_cc_info info = {};
	size_t bytes = 0;

	lock_sock(sk);
	if (tp->cong->info)
		bytes = tp->cong->info(tp, &info);
	release_sock(sk);
	return twin_tcp_option_give(value, len, &info, bytes);
}

static int twin_tcp_option_give_fastopen_key(struct sock *sk,
					     char __user *value,
					     int __user *len)
{
	u8 keys[TWIN_TCP_FASTOPEN_KEYS * sizeof(siphash_key_t)];
	unsigned int bytes;

	lock_sock(sk);
	bytes = twin_tcp_fastopen_get_keys(twin_tcp(sk), keys);
	release_sock(sk);
	return twin_tcp_option_give(value, len, keys, bytes);
}

/* Once; if there is not enough room the program is told how much it takes. */
static int twin_tcp_option_give_saved_syn(struct sock *sk, char __user *value,
					  int __user *len)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct twin_tcp_saved_syn *saved;
	int room, err;

	if (get_user(room, len))
		return -EFAULT;
	lock_sock(sk);
	saved = tp->saved_syn;
	if (!saved) {
		err = put_user(0, len);
	} else if (room < (int)saved->bytes) {
		err = put_user(saved->bytes, len) ?: -EINVAL;
	} else {
		err = put_user(saved->bytes, len);
		if (!err && copy_to_user(value, saved->data, saved->bytes))
			err = -EFAULT;
		tp->saved_syn = NULL;
		kfree(saved);
	}
	release_sock(sk);
	return err;
}

/**
 * twin_tcp_getsockopt() - read an option at level IPPROTO_TCP
 * @sk: socket
 * @option: TCP_ number
 * @value: where the value goes
 * @len: room there; replaced by the length of the value
 *
 * Context: Process; takes the socket lock.
 * Return: 0 or the errno that AF_INET gives: -EFAULT, -EINVAL, -EPERM,
 * -ENOPROTOOPT.
 */
int twin_tcp_getsockopt(struct sock *sk, int option, char __user *value,
			int __user *len)
{
	struct tcp_info info;
	int number, room;
	int err;

	/* AF_INET looks at the room before it looks at the option */
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	switch (option) {
	case TCP_INFO:
		lock_sock(sk);
		twin_tcp_get_info(sk, &info);
		release_sock(sk);
		return twin_tcp_option_give(value, len, &info, sizeof(info));
	case TCP_CONGESTION:
		return twin_tcp_option_give_congestion(sk, value, len);
	case TCP_CC_INFO:
		return twin_tcp_option_give_cc_info(sk, value, len);
	case TCP_FASTOPEN_KEY:
		return twin_tcp_option_give_fastopen_key(sk, value, len);
	case TCP_SAVED_SYN:
		return twin_tcp_option_give_saved_syn(sk, value, len);
	case TCP_ULP:
		/* there is none: a value of no length, as for AF_INET */
		return twin_tcp_option_give(value, len, NULL, 0);
	}
	lock_sock(sk);
	err = twin_tcp_option_get_number(twin_tcp(sk), option, &number);
	release_sock(sk);
	if (err)
		return err;
	return twin_tcp_option_give(value, len, &number, sizeof(number));
}
