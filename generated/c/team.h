/* Threads: those of the OpenMP runtime that the process has already, torch's; without one a call has one thread. */
#ifndef TEAM_H
#define TEAM_H

#include <sched.h>
#include <unistd.h>

extern void GOMP_parallel(void (*)(void *), void *, unsigned, unsigned) __attribute__((weak));
extern int omp_get_thread_num(void) __attribute__((weak));
extern int omp_get_num_threads(void) __attribute__((weak));

enum { TEAM = 256 };

typedef struct {
    _Alignas(64) long passed; /* how many barriers this thread has come to */
} Flag;

/* All threads come here before one goes on. They are about to arrive: spin, then rest, then let others run. */
static void barrier(Flag *flag, int me, int size)
{
    if (size == 1)
        return;
    long here = flag[me].passed + 1;
    __atomic_store_n(&flag[me].passed, here, __ATOMIC_RELEASE);
    for (int other = 0; other < size; other++)
        for (long spins = 0; __atomic_load_n(&flag[other].passed, __ATOMIC_ACQUIRE) < here; spins++) {
            if (spins > 20000)
                sched_yield();
#if defined(__x86_64__) || defined(__i386__)
            else if (spins > 200)
                __builtin_ia32_pause();
#endif
        }
}

/* What each thread does: which one it is, and of how many. */
typedef void Work(void *with, int me, int size);

typedef struct {
    Work *work;
    void *with;
    int size, done;
} Job;

/* The runtime may give fewer threads than were asked for: then nothing is done. */
static void one_of_team(void *job)
{
    Job *j = job;
    if (omp_get_num_threads() != j->size)
        return;
    j->work(j->with, omp_get_thread_num(), j->size);
    if (omp_get_thread_num() == 0)
        j->done = 1;
}

static int owner; /* the process that has the threads: a child after fork has none of them */

__attribute__((constructor)) static void remember_owner(void) { owner = (int)getpid(); }

/* How many threads there can be of those that are wanted. */
static int team_size(long wanted)
{
    if (wanted <= 1 || !GOMP_parallel || !omp_get_thread_num || !omp_get_num_threads || (int)getpid() != owner)
        return 1;
    return wanted < TEAM ? (int)wanted : TEAM;
}

/* Whether it was done. */
static int in_parallel(Work *work, void *with, int size)
{
    Job job = {work, with, size, 1};
    if (size == 1) {
        work(with, 0, 1);
        return 1;
    }
    if (team_size(size) < size) /* forked since the size was chosen */
        return 0;
    job.done = 0;
    GOMP_parallel(one_of_team, &job, (unsigned)size, 0);
    return job.done;
}

#endif
