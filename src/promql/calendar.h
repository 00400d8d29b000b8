/* calendar: parts of a UTC date from seconds since 1970 (year, month, day_of_week, …), in the proleptic
 * Gregorian calendar. Seconds are truncated to whole ones, as in Prometheus. NaN and what no int64 can hold
 * give NaN. */
#ifndef SLOBURN_PROMQL_CALENDAR_H
#define SLOBURN_PROMQL_CALENDAR_H

double calendar_minute(double seconds);
double calendar_hour(double seconds);
double calendar_day_of_week(double seconds); /* 0 is Sunday */
double calendar_day_of_month(double seconds);
double calendar_day_of_year(double seconds); /* from 1 */
double calendar_days_in_month(double seconds);
double calendar_month(double seconds); /* from 1 */
double calendar_year(double seconds);

#endif
