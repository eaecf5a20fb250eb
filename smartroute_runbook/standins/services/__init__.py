"""The AWS services that moto lacks, or answers differently from AWS."""
