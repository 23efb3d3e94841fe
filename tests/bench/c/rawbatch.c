/*
 * The baseline without a library: the device's own calls, with one read and
 * one write for as many events as there are. It shows what the driver allows.
 *
 *   rawbatch round N           notify, receive and unmask one port, N times
 *   rawbatch burst PORTS REPS  receive and unmask PORTS pending ports
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/xen.h> /* domid_t, which the next one uses */
#include <xen/sys/evtchn.h>

#include "measure.h"

#define SELF 0 /* the programs run in dom0 */
#define MOST_PORTS 1024 /* a page of ports, the most that one read gives */

static int device;
static uint32_t ports_read[MOST_PORTS];

static int control(unsigned long request, void *argument)
{
	int result = ioctl(device, request, argument);

	if (result < 0)
		die("ioctl");
	return result;
}

static void notify(uint32_t port)
{
	struct ioctl_evtchn_notify argument = { .port = port };

	control(IOCTL_EVTCHN_NOTIFY, &argument);
}

/* Receives what is pending, at least one port, and unmasks it; returns how many. */
static int receive_and_unmask(void)
{
	ssize_t bytes = read(device, ports_read, sizeof(ports_read));

	if (bytes <= 0)
		die("read");
	if (write(device, ports_read, bytes) != bytes)
		die("write");
	return bytes / sizeof(*ports_read);
}

/* Makes a channel to oneself; returns the port whose notification is received. */
static uint32_t make_loopback(void)
{
	struct ioctl_evtchn_bind_unbound_port offer = { .remote_domain = SELF };
	struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = SELF };
	uint32_t bound;

	bind.remote_port = control(IOCTL_EVTCHN_BIND_UNBOUND_PORT, &offer);
	bound = control(IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
	receive_and_unmask();
	return bound;
}

static void measure_round(int count)
{
	uint32_t port = make_loopback();
	double samples[REPETITIONS];

	for (int r = 0; r < REPETITIONS; r++) {
		double start = now_us();

		for (int i = 0; i < count; i++) {
			notify(port);
			receive_and_unmask();
		}
		samples[r] = (now_us() - start) / count;
	}
	print_samples("rawbatch round", samples, REPETITIONS);
}

static void measure_burst(int ports, int reps)
{
	uint32_t bound[MOST_PORTS];
	double *samples = calloc(reps, sizeof(*samples));

	for (int i = 0; i < ports; i++)
		bound[i] = make_loopback();
	for (int r = 0; r < reps; r++) {
		for (int i = 0; i < ports; i++)
			notify(bound[i]);
		double start = now_us();

		for (int received = 0; received < ports;)
			received += receive_and_unmask();
		samples[r] = (now_us() - start) / ports;
	}
	print_samples("rawbatch burst, per event", samples, reps);
	free(samples);
}

int main(int argc, char **argv)
{
	device = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	if (device < 0)
		die("/dev/xen/evtchn");
	if (argc == 3 && strcmp(argv[1], "round") == 0)
		measure_round(number(argv[2], 1, 1000000));
	else if (argc == 4 && strcmp(argv[1], "burst") == 0)
		measure_burst(number(argv[2], 1, MOST_PORTS), number(argv[3], 1, 100000));
	else {
		fprintf(stderr, "usage: rawbatch round N | burst PORTS REPS\n");
		return 2;
	}
	return 0;
}
