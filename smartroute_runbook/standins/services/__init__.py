"""The AWS services that moto lacks or answers otherwise than AWS."""
