// SPDX-License-Identifier: GPL-2.0
/*
 * twin trace: runs a command, or waits to be interrupted, and tells what each layer did meanwhile.
 */
#include "trace.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "family.h"

static const char usage[] =
	"Usage: twin trace [ OPTIONS ] [ FILTER ] [ -- COMMAND [ ARGUMENT... ] ]\n"
	"  -b, --brief        one line for each step, no header fields\n"
	"  -e, --explain      a sentence for each step\n"
	"  -w, --pcap FILE    the frames as pcapng, the steps as comments\n"
	"      --svg FILE     draw the sequence diagram\n"
	"      --plot FILE    draw the time/sequence graph (.svg, .png or .pdf; by gnuplot)\n"
	"  -q, --quiet        no text, only files\n"
	"  -o, --save FILE    keep the trace, for another picture of it later\n"
	"  -r, --read FILE    tell of a trace that was kept\n"
	"  -a, --as-is        do not put COMMAND on Twin ('twin run'); it opens such sockets itself\n"
	"  -s, --seconds N    without a command: end after so long (default: when interrupted)\n"
	FLOW_FILTER_HELP;

struct request {
	struct trace_options text;
	struct flow_filter filter;
	const char *pcap;
	const char *svg;
	const char *plot;
	const char *save;
	const char *read;
	bool quiet;
	bool as_is;
	unsigned int seconds;
	char **command;
};

static sig_atomic_t interrupted;
/* A signal that the command has not had from the terminal. */
static sig_atomic_t to_pass_on;

static const int end_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
/* As they were inherited, and as the command is to have them. */
static struct sigaction original_actions[ARRAY_SIZE(end_signals)];
static void (*original_chld)(int number);

static void note_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	__atomic_store_n(&interrupted, 1, __ATOMIC_RELAXED);
	if (info->si_code != SI_KERNEL)
		__atomic_store_n(&to_pass_on, number, __ATOMIC_RELAXED);
}

static void watch_signals(void)
{
	struct sigaction action = { .sa_sigaction = note_signal, .sa_flags = SA_SIGINFO };

	for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++) {
		sigaction(end_signals[i], NULL, &original_actions[i]);
		/* nohup(1) */
		if (end_signals[i] != SIGHUP || original_actions[i].sa_handler != SIG_IGN)
			sigaction(end_signals[i], &action, NULL);
	}
}

static void restore_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++)
		sigaction(end_signals[i], &original_actions[i], NULL);
}

enum { OPTION_SVG = 256, OPTION_PLOT };

static void take_option(struct request *request, int option, const char *word)
{
	switch (option) {
	case 'b':
		request->text.brief = true;
		break;
	case 'e':
		request->text.explain = true;
		break;
	case 'w':
		request->pcap = optarg;
		break;
	case OPTION_SVG:
		request->svg = optarg;
		break;
	case OPTION_PLOT:
		request->plot = optarg;
		break;
	case 'o':
		request->save = optarg;
		break;
	case 'r':
		request->read = optarg;
		break;
	case 'q':
		request->quiet = true;
		break;
	case 'a':
		request->as_is = true;
		break;
	case 's':
		request->seconds = parse_number(optarg, "number of seconds", 86400);
		break;
	case 'j':
		cli.json = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case ':':
		usage_error("'%s' needs a value after it", word);
	default:
		usage_error("there is no option '%s'; see 'twin trace --help'", word);
	}
}

/* What stands behind "--" is the command; the words before it are the filter. */
static void read_request(struct args *args, struct request *request)
{
	static const struct option long_options[] = {
		{ "brief", no_argument, NULL, 'b' },
		{ "explain", no_argument, NULL, 'e' },
		{ "pcap", required_argument, NULL, 'w' },
		{ "svg", required_argument, NULL, OPTION_SVG },
		{ "plot", required_argument, NULL, OPTION_PLOT },
		{ "quiet", no_argument, NULL, 'q' },
		{ "save", required_argument, NULL, 'o' },
		{ "read", required_argument, NULL, 'r' },
		{ "as-is", no_argument, NULL, 'a' },
		{ "seconds", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	char **argv = args->next - 1;
	int argc = 0, option;

	while (argv[argc] && strcmp(argv[argc], "--"))
		argc++;
	if (argv[argc]) {
		request->command = argv + argc + 1;
		argv[argc] = NULL;
	}
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":bew:qo:r:as:jh", long_options, NULL)) >= 0)
		take_option(request, option, refused_option(argv));
	request->text.brief |= cli.brief;
	request->text.fields = !request->text.brief;
	flow_filter_read(&request->filter, argv + optind);
	if (request->command && !request->command[0])
		usage_error("a command is needed behind '--'");
	if (request->command && request->read)
		usage_error("a trace that was kept has no command to run");
}

static void __noreturn execute(const struct request *request)
{
	size_t words = 0;
	char **argv;

	while (request->command[words])
		words++;
	argv = calloc(words + 4, sizeof(char *));
	if (!argv)
		_exit(EXIT_RUNTIME);
	argv[0] = "twin";
	argv[1] = "run";
	argv[2] = "--";
	memcpy(argv + 3, request->command, words * sizeof(char *));
	if (request->as_is)
		execvp(argv[3], argv + 3);
	else
		execv("/proc/self/exe", argv);
	warn("cannot run '%s': %s", request->command[0], strerror(errno));
	_exit(127);
}

/* The command waits at the gate until it is being followed, and ends there if it is not. */
static pid_t start_command(const struct request *request, struct collector *collector)
{
	int gate[2];
	char byte;
	pid_t pid;

	if (pipe(gate))
		fail("cannot open a pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("cannot start '%s': %s", request->command[0], strerror(errno));
	if (!pid) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) != 1)
			_exit(EXIT_RUNTIME);
		close(gate[0]);
		restore_signals();
		signal(SIGCHLD, original_chld);
		execute(request);
	}
	close(gate[0]);
	collect_only_tree(collector, pid);
	if (write(gate[1], "", 1) != 1)
		fail("cannot start '%s': %s", request->command[0], strerror(errno));
	close(gate[1]);
	return pid;
}

static void pause_ms(unsigned int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

static u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

enum { READ_INTERVAL_MS = 20, QUIET_ROUNDS = 15, LINGER_ROUNDS = 100 };

/* What the command has begun, closing above all, may take a moment more. */
static void linger(struct collector *collector, struct trace *trace)
{
	unsigned int quiet = 0;

	for (unsigned int round = 0; round < LINGER_ROUNDS && quiet < QUIET_ROUNDS; round++) {
		pause_ms(READ_INTERVAL_MS);
		quiet = collect_read(collector, trace) ? 0 : quiet + 1;
	}
}

static int follow_command(struct collector *collector, struct trace *trace, pid_t pid)
{
	int status = 0, number;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		number = __atomic_exchange_n(&to_pass_on, 0, __ATOMIC_RELAXED);
		if (number)
			kill(pid, number);
		collect_read(collector, trace);
		pause_ms(READ_INTERVAL_MS);
	}
	linger(collector, trace);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void follow_all(struct collector *collector, struct trace *trace, unsigned int seconds)
{
	u64 end = now_ms() + seconds * 1000ULL;

	while (!__atomic_load_n(&interrupted, __ATOMIC_RELAXED) && (!seconds || now_ms() < end)) {
		collect_read(collector, trace);
		pause_ms(READ_INTERVAL_MS);
	}
}

/* The picture that needs another program comes last: a run cannot be repeated. */
static void show(const struct request *request, const struct trace *trace)
{
	if (request->save)
		trace_save(trace, request->save);
	if (request->pcap)
		trace_write_pcap(trace, request->pcap);
	if (request->svg)
		trace_write_svg(trace, request->svg);
	if (cli.json && !request->quiet)
		trace_print_json(trace);
	else if (!request->quiet)
		trace_print(trace, &request->text);
	if (request->plot)
		trace_write_plot(trace, request->plot);
}

static void warn_of_gaps(const struct trace *trace)
{
	if (trace->lost_events)
		warn("the tracer's buffer was too small: %llu events or more are missing",
		     (unsigned long long)trace->lost_events);
	if (trace->overflow)
		warn("there was more than fits into memory; the end is missing");
}

/* Return: the command's exit status. */
static int collect(const struct request *request, struct trace *trace)
{
	struct collector *collector;
	int status = 0;

	require_twin_family();
	watch_signals();
	collector = collect_start();
	if (request->command)
		status = follow_command(collector, trace, start_command(request, collector));
	else
		follow_all(collector, trace, request->seconds);
	collect_stop(collector, trace);
	/* nothing is left that has to be removed, and the rest may take long */
	restore_signals();
	trace_select(trace, &request->filter, request->command);
	return status;
}

int cmd_trace(struct args *args)
{
	struct request request = { 0 };
	struct trace trace = { 0 };
	int status = 0;

	set_command_name("twin trace");
	read_request(args, &request);
	/* Where it is ignored, as an inheritance, the end of command and gnuplot is not told. */
	original_chld = signal(SIGCHLD, SIG_DFL);
	if (request.read) {
		trace_load(&trace, request.read);
		trace_select(&trace, &request.filter, false);
	} else {
		status = collect(&request, &trace);
	}
	warn_of_gaps(&trace);
	show(&request, &trace);
	free(trace.steps);
	return status;
}
