"""Where a run happens: settings, parameter files, the working folder, what surrounds the process."""
