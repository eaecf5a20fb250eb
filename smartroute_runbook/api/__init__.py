"""The dashboard's API: the published queries over HTTP, each asked of the engine that one SSM parameter names.

It needs boto3 and nothing else of the package, so that it fits into a Lambda function:

====================  ===========================================================================
``routing``           the parameter's value: an engine, a share of the requests, a trial's end
``route``             that value, read at most every few seconds and kept while SSM is away
``queries``           the published texts, by name
``athena``            asks Athena
``redshift_data``     asks Redshift through the Data API
``redshift_driver``   asks Redshift over pooled connections; needs redshift-connector
``values``            one form of every value, whichever engine answered
``answers``           answers kept for a while, and the deadline
``app``               a request and its response
``request_metrics``   a request as a line from which CloudWatch takes metrics
``lambda_handler``    the same behind API Gateway or a function URL
``server``            the same on a local port
====================  ===========================================================================
"""
