/*
 * The baseline through Xen's own library, libxenevtchn: one read and one write
 * for every event.
 *
 *   libxenevtchn round N           notify, receive and unmask one port, N times
 *   libxenevtchn burst PORTS REPS  receive and unmask PORTS pending ports
 *   libxenevtchn print 0:PORT...   bind, then print every event as a JSON line
 */
#include <poll.h>
#include <stdint.h>
#include <xenevtchn.h>

#include "measure.h"

#define SELF 0 /* the programs run in dom0 */
#define MOST_PORTS 1024

static xenevtchn_handle *handle;

static xenevtchn_port_or_error_t receive(void)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(handle);

	if (port < 0)
		die("xenevtchn_pending");
	return port;
}

static void unmask(evtchn_port_t port)
{
	if (xenevtchn_unmask(handle, port) < 0)
		die("xenevtchn_unmask");
}

static void notify(evtchn_port_t port)
{
	if (xenevtchn_notify(handle, port) < 0)
		die("xenevtchn_notify");
}

/* Makes a channel to oneself; returns the port whose notification is received. */
static evtchn_port_t make_loopback(void)
{
	xenevtchn_port_or_error_t offered, bound;

	offered = xenevtchn_bind_unbound_port(handle, SELF);
	if (offered < 0)
		die("xenevtchn_bind_unbound_port");
	bound = xenevtchn_bind_interdomain(handle, SELF, offered);
	if (bound < 0)
		die("xenevtchn_bind_interdomain");
	unmask(receive());
	return bound;
}

static void measure_round(int count)
{
	evtchn_port_t port = make_loopback();
	double samples[REPETITIONS];

	for (int r = 0; r < REPETITIONS; r++) {
		double start = now_us();

		for (int i = 0; i < count; i++) {
			notify(port);
			unmask(receive());
		}
		samples[r] = (now_us() - start) / count;
	}
	print_samples("libxenevtchn round", samples, REPETITIONS);
}

static void measure_burst(int ports, int reps)
{
	evtchn_port_t bound[MOST_PORTS];
	double *samples = calloc(reps, sizeof(*samples));

	for (int i = 0; i < ports; i++)
		bound[i] = make_loopback();
	for (int r = 0; r < reps; r++) {
		for (int i = 0; i < ports; i++)
			notify(bound[i]);
		double start = now_us();

		for (int i = 0; i < ports; i++)
			unmask(receive());
		samples[r] = (now_us() - start) / ports;
	}
	print_samples("libxenevtchn burst, per event", samples, reps);
	free(samples);
}

struct channel {
	evtchn_port_t port, remote;
	unsigned long events;
};

static struct channel channels[MOST_PORTS];
static int channel_count;

static void bind_channel(const char *name)
{
	struct channel *channel = &channels[channel_count++];
	xenevtchn_port_or_error_t port;

	if (channel_count > MOST_PORTS || sscanf(name, "0:%u", &channel->remote) != 1) {
		fprintf(stderr, "%s: not a channel of this domain\n", name);
		exit(2);
	}
	port = xenevtchn_bind_interdomain(handle, SELF, channel->remote);
	if (port < 0)
		die("xenevtchn_bind_interdomain");
	channel->port = port;
}

static struct channel *find(evtchn_port_t port)
{
	for (int i = 0; i < channel_count; i++)
		if (channels[i].port == port)
			return &channels[i];
	return NULL;
}

static void print_event(struct channel *channel)
{
	struct timespec t;
	struct tm parts;
	char date[32];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	printf("{\"event\":\"pending\",\"time\":\"%s.%06ldZ\",\"port\":%u,\"channel\":\"0:%u\",\"seq\":%lu%s}\n",
	       date, t.tv_nsec / 1000, channel->port, channel->remote, channel->events,
	       channel->events == 1 ? ",\"initial\":true" : "");
}

static int nothing_pending(void)
{
	struct pollfd entry = { .fd = xenevtchn_fd(handle), .events = POLLIN };

	return poll(&entry, 1, 0) == 0;
}

/* Prints until it is killed; what is printed goes out before every wait. */
static void print_events(int count, char **names)
{
	for (int i = 0; i < count; i++)
		bind_channel(names[i]);
	for (;;) {
		if (nothing_pending())
			fflush(stdout);
		evtchn_port_t port = receive();
		struct channel *channel = find(port);

		if (channel != NULL) {
			channel->events++;
			print_event(channel);
		}
		unmask(port);
	}
}

int main(int argc, char **argv)
{
	handle = xenevtchn_open(NULL, 0);
	if (handle == NULL)
		die("xenevtchn_open");
	if (argc == 3 && strcmp(argv[1], "round") == 0)
		measure_round(number(argv[2], 1, 1000000));
	else if (argc == 4 && strcmp(argv[1], "burst") == 0)
		measure_burst(number(argv[2], 1, MOST_PORTS), number(argv[3], 1, 100000));
	else if (argc >= 3 && strcmp(argv[1], "print") == 0)
		print_events(argc - 2, argv + 2);
	else {
		fprintf(stderr, "usage: libxenevtchn round N | burst PORTS REPS | print 0:PORT...\n");
		return 2;
	}
	xenevtchn_close(handle);
	return 0;
}
