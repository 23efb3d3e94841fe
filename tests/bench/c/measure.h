/*
 * Time for the baseline programs.
 *
 * All of them use loopback channels: alloc-unbound for the own domain gives a
 * port P, bind-interdomain to the own domain and P gives Q, and a notification
 * of Q makes P pending. Binding sets Q pending at once, so that first event is
 * received before anything is measured.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPETITIONS 3

static inline double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

/* One line a sample; who runs these programs in turn compares them. */
static inline void print_samples(const char *what, const double *samples, int count)
{
	for (int i = 0; i < count; i++)
		printf("%s: %.3f us\n", what, samples[i]);
	fflush(stdout);
}

static inline int number(const char *text, int least, int most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "%s: not a number from %d to %d\n", text, least, most);
		exit(2);
	}
	return value;
}

#endif
