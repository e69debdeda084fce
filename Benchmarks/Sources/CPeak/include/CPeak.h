#ifndef CPEAK_H
#define CPEAK_H
/// Floating-point operations a second that multiplications and additions in registers reach on so
/// many threads together, measured for about `seconds`.
double peak_operations(int threads, double seconds);
#endif
