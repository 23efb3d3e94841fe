/*
 * Measures how fast a watcher turns events into lines in a pipe, and gives
 * every watcher the very same work:
 *
 *   watchrate PORTS REPS COMMAND [ARGS...]
 *
 * It allocates PORTS unbound ports, starts COMMAND ARGS 0:P1 0:P2 ... which
 * is to bind them all and to print one line an event, and knows that all are
 * bound when it has read the line of each binding's own first event. Then, REPS
 * times: it stops the watcher, notifies every port once, lets the watcher go
 * on, and takes the time until it has read PORTS lines. Nothing of the
 * notifying is in that time, no event coalesces with another, and both sides
 * of every comparison handle the same bursts. The watcher is terminated at the end.
 */
#define _GNU_SOURCE /* asprintf */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "measure.h"

#define SELF 0 /* the programs run in dom0 */
#define MOST_PORTS 1024

static pid_t start_watcher(char **command, int *output)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0)
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(command[0], command);
		die(command[0]);
	}
	close(ends[1]);
	*output = ends[0];
	return child;
}

static void read_lines(int fd, int count)
{
	static char buffer[65536];

	while (count > 0) {
		ssize_t length = read(fd, buffer, sizeof(buffer));

		if (length < 0)
			die("read");
		if (length == 0) {
			fprintf(stderr, "watchrate: the watcher ended early\n");
			exit(1);
		}
		for (ssize_t i = 0; i < length; i++)
			count -= buffer[i] == '\n';
	}
	if (count < 0) {
		fprintf(stderr, "watchrate: the watcher printed more than was notified\n");
		exit(1);
	}
}

static double measure(xenevtchn_handle *handle, xenevtchn_port_or_error_t *ports,
		      int count, pid_t watcher, int output)
{
	double start;

	kill(watcher, SIGSTOP);
	if (waitpid(watcher, NULL, WUNTRACED) < 0)
		die("waitpid");
	for (int i = 0; i < count; i++)
		if (xenevtchn_notify(handle, ports[i]) < 0)
			die("xenevtchn_notify");
	start = now_us();
	kill(watcher, SIGCONT);
	read_lines(output, count);
	return (now_us() - start) / count;
}

/* The command with every port appended, each as the channel that leads to it. */
static char **with_ports(int argc, char **argv, xenevtchn_port_or_error_t *ports, int count)
{
	char **command = calloc(argc + count + 1, sizeof(*command));

	memcpy(command, argv, argc * sizeof(*command));
	for (int i = 0; i < count; i++)
		if (asprintf(&command[argc + i], "0:%d", ports[i]) < 0)
			die("asprintf");
	return command;
}

int main(int argc, char **argv)
{
	xenevtchn_port_or_error_t ports[MOST_PORTS];
	xenevtchn_handle *handle = xenevtchn_open(NULL, 0);

	if (argc < 4) {
		fprintf(stderr, "usage: watchrate PORTS REPS COMMAND [ARGS...]\n");
		return 2;
	}
	if (handle == NULL)
		die("xenevtchn_open");
	int count = number(argv[1], 1, MOST_PORTS), reps = number(argv[2], 1, 100000), output;

	for (int i = 0; i < count; i++)
		if ((ports[i] = xenevtchn_bind_unbound_port(handle, SELF)) < 0)
			die("xenevtchn_bind_unbound_port");
	pid_t watcher = start_watcher(with_ports(argc - 3, argv + 3, ports, count), &output);

	read_lines(output, count);
	double *samples = calloc(reps, sizeof(*samples));

	for (int r = 0; r < reps; r++)
		samples[r] = measure(handle, ports, count, watcher, output);
	kill(watcher, SIGTERM);
	waitpid(watcher, NULL, 0);
	print_samples("event to line, per event", samples, reps);
	return 0;
}
